import { beforeEach, describe, expect, it } from 'vitest'

import { AlarmSound, type Timing } from './sound'

class Spy {
  allowed = true
  played: number[] = []
  unlock = (): Promise<boolean> => Promise.resolve(this.allowed)
  play = (level: number): void => void this.played.push(level)
}
class Clock implements Timing {
  running: { seconds: number; run: () => void }[] = []
  every(seconds: number, run: () => void): () => void {
    const entry = { seconds, run }
    this.running.push(entry)
    return () => (this.running = this.running.filter((one) => one !== entry))
  }
  tick = (): void => this.running.forEach((one) => one.run())
}

let voice: Spy, clock: Clock, sound: AlarmSound
beforeEach(() => {
  voice = new Spy()
  clock = new Clock()
  sound = new AlarmSound(voice, clock)
})

describe('alarm sound', () => {
  it('says that it cannot be heard until the browser lets it, then rings for what stands', async () => {
    voice.allowed = false
    await sound.unlock()
    sound.want(1, 1)
    expect(sound.state).toBe('locked')
    expect(voice.played).toEqual([])
    voice.allowed = true
    await sound.unlock()
    expect(sound.state).toBe('on')
    expect(voice.played).toEqual([1])
    await sound.unlock()
    expect(voice.played).toEqual([1])
  })

  it('rings again while nobody acknowledges, and stops at once when somebody does', async () => {
    await sound.unlock()
    sound.want(2, 1)
    clock.tick()
    expect(voice.played).toEqual([2, 2])
    sound.want(null, 0)
    clock.tick()
    expect(voice.played).toEqual([2, 2])
    expect(clock.running).toEqual([])
  })

  it('rings at once for a graver one and for one more, not for one less', async () => {
    await sound.unlock()
    sound.want(3, 1)
    sound.want(3, 2)
    sound.want(1, 3)
    sound.want(1, 2)
    sound.want(3, 1)
    expect(voice.played).toEqual([3, 3, 1])
    expect(clock.running).toHaveLength(1)
  })

  it('rings once for the mildest level', async () => {
    await sound.unlock()
    sound.want(4, 1)
    expect(voice.played).toEqual([4])
    expect(clock.running).toEqual([])
  })

  it('is silent when muted, yet a test is heard', async () => {
    await sound.unlock()
    sound.mute(true)
    sound.want(1, 1)
    clock.tick()
    expect(sound.state).toBe('muted')
    expect(voice.played).toEqual([])
    expect(await sound.test(4)).toBe(true)
    expect(voice.played).toEqual([4])
    sound.mute(false)
    expect(voice.played).toEqual([4, 1])
  })

  it('tells a test that could not be heard', async () => {
    voice.allowed = false
    expect(await sound.test()).toBe(false)
    expect(voice.played).toEqual([])
  })
})
