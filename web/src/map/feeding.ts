/**
 * Hands data to the sources one after another. A source that is given data again while its tiles are still being cut may be
 * left with empty ones; so the next waits for the one before, and of several that wait only the newest is given.
 */
export interface Fed {
  give(source: string, data: object): Promise<void>
  /** Whether the tiles of what was given last are there. */
  ready(source: string): boolean
  /** Called when a source may have become ready; returns how to stop. */
  listen(run: () => void): () => void
}

/** The engine's word may never come (a hidden page draws nothing): then the next goes ahead all the same. */
export const PATIENCE_MS = 600

export class Feeding {
  private readonly next = new Map<string, object>()
  private readonly busy = new Set<string>()
  private readonly last = new Map<string, object>()

  constructor(
    private readonly fed: Fed,
    private readonly patience = PATIENCE_MS,
  ) {}

  put(source: string, data: object): void {
    this.next.set(source, data)
    if (!this.busy.has(source)) void this.run(source)
  }

  private async run(source: string): Promise<void> {
    this.busy.add(source)
    // Several in one turn of the page are one.
    await Promise.resolve()
    for (let data = this.next.get(source); data; data = this.next.get(source)) {
      this.next.delete(source)
      if (empty(data) && empty(this.last.get(source))) continue
      this.last.set(source, data)
      await this.fed.give(source, data).catch(() => undefined)
      await this.settled(source)
    }
    this.busy.delete(source)
  }

  private settled(source: string): Promise<void> {
    if (this.fed.ready(source)) return Promise.resolve()
    return new Promise((resolve) => {
      const done = (): void => {
        stop()
        clearTimeout(timer)
        resolve()
      }
      const timer = setTimeout(done, this.patience)
      const stop = this.fed.listen(() => this.fed.ready(source) && done())
    })
  }
}

/** What a source holds from the beginning. */
const empty = (data: object | undefined): boolean =>
  data === undefined || ('features' in data && (data.features as unknown[]).length === 0)
