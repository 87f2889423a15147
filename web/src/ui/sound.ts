/**
 * When the alarms are heard: only while something is unacknowledged, by its gravest level, again after a while, and never
 * without the screen saying whether it could be heard at all.
 *
 *   locked   the browser has not let the page be heard yet: it wants a click or a key first
 *   muted    somebody has silenced it, visibly
 *   on
 *
 * `alarmSound` is the one of this page; `alarmSound.test()` is for a sound test (the desk has a button for it).
 */
import { reactive } from 'vue'

import { TonesVoice, type Voice } from './tones'

export type SoundState = 'locked' | 'muted' | 'on'

/** After how many seconds an alarm that nobody has acknowledged is heard again, by level; 0: only once. Suggested values. */
const AGAIN_S: Record<number, number> = { 1: 4, 2: 8, 3: 30, 4: 0 }

export interface Timing {
  every(seconds: number, run: () => void): () => void
}
const browserTiming: Timing = {
  every(seconds, run) {
    const timer = window.setInterval(run, seconds * 1000)
    return () => clearInterval(timer)
  },
}

export class AlarmSound {
  state: SoundState = 'locked'
  volume = 0.6
  muted = false
  /** The gravest level that asks to be heard now. */
  level: number | null = null
  private loud = 0
  private unlocked = false
  private stop: () => void = () => undefined

  constructor(
    private readonly voice: Voice,
    private readonly timing: Timing = browserTiming,
  ) {}

  /** What is unacknowledged now: its gravest level and how many. Graver or more is heard at once. */
  want(level: number | null, loud: number): void {
    const graver = level !== null && (this.level === null || level < this.level)
    const more = level !== null && loud > this.loud
    const changed = level !== this.level
    this.level = level
    this.loud = loud
    if (changed) this.repeat()
    if (graver || more) this.ring()
  }

  /** To be called in a click or a key, or on the chance that the browser allows it without. */
  async unlock(): Promise<boolean> {
    const before = this.unlocked
    this.unlocked = await this.voice.unlock()
    this.settle()
    if (this.unlocked && !before) this.ring()
    return this.unlocked
  }

  mute(on: boolean): void {
    this.muted = on
    this.settle()
    if (on) return
    this.ring()
  }

  setVolume(volume: number): void {
    this.volume = Math.min(1, Math.max(0, volume))
  }

  /** Heard even when muted: whoever tests the sound wants to hear it. False where the browser did not let it. */
  async test(level = 2): Promise<boolean> {
    if (!(await this.unlock())) return false
    this.voice.play(level, this.volume)
    return true
  }

  private settle(): void {
    this.state = !this.unlocked ? 'locked' : this.muted ? 'muted' : 'on'
  }

  private ring(): void {
    if (this.state === 'on' && this.level !== null) this.voice.play(this.level, this.volume)
  }

  private repeat(): void {
    this.stop()
    this.stop = () => undefined
    const again = this.level === null ? 0 : (AGAIN_S[this.level] ?? 0)
    if (again) this.stop = this.timing.every(again, () => this.ring())
  }
}

export const alarmSound = reactive(new AlarmSound(new TonesVoice())) as AlarmSound
