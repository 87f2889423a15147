/** Do something at once, and again at most every `every` ms: what is wanted in between is done once, at the end of it. */
export interface Paced {
  (): void
  stop: () => void
}

export function paced(run: () => void, every: number): Paced {
  let timer: ReturnType<typeof setTimeout> | undefined
  let wanted = false
  const go = (): void => {
    wanted = false
    timer = setTimeout(() => {
      timer = undefined
      if (wanted) go()
    }, every)
    run()
  }
  const ask = (): void => {
    wanted = true
    if (timer === undefined) go()
  }
  const stop = (): void => {
    clearTimeout(timer)
    timer = undefined
    wanted = false
  }
  return Object.assign(ask, { stop })
}
