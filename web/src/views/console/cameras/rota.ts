/**
 * Whose still is fetched next. A browser opens about six connections to one address, and a live picture keeps its own: so a
 * wall takes one picture after another, few at once, and leaves the rest to everything else. Pure: the caller's clock.
 */
interface Turn {
  /** Not before this. */
  due: number
  busy: boolean
}

export class Rota {
  private readonly turns = new Map<string, Turn>()

  /** `most` at once; each again `everyMs` after it was taken, or `laterMs` after it failed. */
  constructor(
    private readonly most = 3,
    private readonly everyMs = 2_000,
    private readonly laterMs = 20_000,
  ) {}

  /** Who is on the wall now; those that were there keep their turn. */
  show(names: readonly string[]): void {
    for (const name of [...this.turns.keys()]) if (!names.includes(name)) this.turns.delete(name)
    for (const name of names) if (!this.turns.has(name)) this.turns.set(name, { due: 0, busy: false })
  }

  /** Those to be fetched now, whose turn is longest overdue first. They are busy until `done`. */
  take(now: number): string[] {
    const all = [...this.turns]
    const room = this.most - all.filter(([, turn]) => turn.busy).length
    const next = all
      .filter(([, turn]) => !turn.busy && turn.due <= now)
      .sort(([, a], [, b]) => a.due - b.due)
      .slice(0, Math.max(0, room))
    for (const [, turn] of next) turn.busy = true
    return next.map(([name]) => name)
  }

  /** `laterMs`: for who will not have one soon, as a camera that nobody holds. */
  done(name: string, now: number, ok: boolean, laterMs = this.laterMs): void {
    const turn = this.turns.get(name)
    if (!turn) return
    turn.busy = false
    turn.due = now + (ok ? this.everyMs : laterMs)
  }

  /** Everybody at once again: the reason has changed, or somebody wants to see now. */
  anew(): void {
    for (const turn of this.turns.values()) turn.due = 0
  }
}
