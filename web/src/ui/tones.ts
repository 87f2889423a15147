/** The voice of the alarms: short tones by WebAudio, a pattern of its own for each level. No file is fetched. */

interface Tone {
  /** Hertz. */
  pitch: number
  /** Seconds from the beginning of the pattern, and how long. */
  at: number
  lasts: number
}

/** The graver, the higher, the faster and the longer: told apart without looking. */
const PATTERNS: Record<number, readonly Tone[]> = {
  1: [0, 0.18, 0.36, 0.72, 0.9, 1.08].map((at, i) => ({ pitch: i % 3 === 2 ? 1320 : 990, at, lasts: 0.14 })),
  2: [0, 0.28, 0.56].map((at) => ({ pitch: 880, at, lasts: 0.2 })),
  3: [0, 0.4].map((at, i) => ({ pitch: i ? 587 : 659, at, lasts: 0.28 })),
  4: [{ pitch: 523, at: 0, lasts: 0.3 }],
}

export interface Voice {
  /** Browsers let a page be heard only after a click or a key. Says whether it can be heard now. */
  unlock(): Promise<boolean>
  play(level: number, volume: number): void
}

export class TonesVoice implements Voice {
  private context: AudioContext | null = null

  async unlock(): Promise<boolean> {
    if (!('AudioContext' in window)) return false
    // Asked too early, a browser complains and keeps it silent.
    if (navigator.userActivation && !navigator.userActivation.hasBeenActive) return false
    this.context ??= new AudioContext()
    if (this.context.state !== 'running') {
      // Without a gesture the promise stays open for ever.
      const given = new Promise<void>((resolve) => setTimeout(resolve, 200))
      await Promise.race([this.context.resume(), given]).catch(() => undefined)
    }
    return this.context.state === 'running'
  }

  play(level: number, volume: number): void {
    const context = this.context
    if (!context || context.state !== 'running') return
    for (const tone of PATTERNS[level] ?? PATTERNS[4]!) {
      const source = context.createOscillator()
      const gain = context.createGain()
      const start = context.currentTime + tone.at
      source.type = 'triangle'
      source.frequency.value = tone.pitch
      // A tone that begins and ends at full loudness clicks.
      gain.gain.setValueAtTime(0, start)
      gain.gain.linearRampToValueAtTime(volume, start + 0.02)
      gain.gain.setValueAtTime(volume, start + tone.lasts - 0.04)
      gain.gain.linearRampToValueAtTime(0, start + tone.lasts)
      source.connect(gain).connect(context.destination)
      source.start(start)
      source.stop(start + tone.lasts)
    }
  }
}
