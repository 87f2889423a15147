/**
 * The district's time as the server tells it. It may run at another rate (a demonstration, a replay) and may stand still;
 * between two tellings it goes on by itself, but never further than `CARRY_MS` of real time: then it waits for the next.
 */
const CARRY_MS = 1600

export class BusinessClock {
  private told = Date.now()
  private heard = performance.now()
  private rate = 1
  /** The latest moment that the server itself has named. What is written down must not lie beyond it, as what is shown may. */
  said = 0

  /** `now` in epoch ms of the district's time; `rate` business seconds a real second. Never runs backwards by less than 2 s. */
  tell(now: number, rate: number, at = performance.now()): void {
    const shown = this.now(at)
    this.said = now
    // A telling that is a little behind what is shown would make seconds jump back: hold instead.
    this.told = now < shown && shown - now < 2000 * Math.max(1, rate) ? shown : now
    this.heard = at
    this.rate = rate
  }

  /** Put the clock where somebody wants it: backwards too, which a telling never does. */
  set(now: number, rate: number, at = performance.now()): void {
    this.told = this.said = now
    this.heard = at
    this.rate = rate
  }

  now(at = performance.now()): number {
    return this.told + Math.min(Math.max(0, at - this.heard), CARRY_MS) * this.rate
  }

  get speed(): number {
    return this.rate
  }
}
