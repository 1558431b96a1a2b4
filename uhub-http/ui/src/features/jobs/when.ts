const HOUR = 3_600_000

/** The next full hour. */
export function nextHour(now: Date): Date {
  return new Date(Math.ceil((now.getTime() + 1) / HOUR) * HOUR)
}
