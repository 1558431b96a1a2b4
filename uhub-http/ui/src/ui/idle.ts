/** Does something once nothing else is to be done; where the browser cannot tell when that is, after a moment. */
export function whenIdle(work: () => void): void {
  if (typeof requestIdleCallback === 'function') requestIdleCallback(work, { timeout: 3000 })
  else setTimeout(work, 300)
}

/** Does these things one after the other, each once nothing else is to be done. */
export function inIdleTurns([first, ...rest]: (() => void)[]): void {
  if (first) whenIdle(() => {
    first()
    inIdleTurns(rest)
  })
}
