/** Does something once nothing else is to be done; where the browser cannot tell when that is, after a moment. */
export function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 3000 })
  else setTimeout(work, 300)
}

/** Does something after what is waiting by now: the browser may draw, or hear somebody, in between. */
export function inNextTask(work: () => void): void {
  setTimeout(work)
}

/** Does these things one after the other, each once nothing else is to be done. */
export function inIdleTurns([first, ...rest]: (() => void)[]): void {
  if (first) whenIdle(() => {
    first()
    inIdleTurns(rest)
  })
}
