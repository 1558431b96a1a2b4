import { addDays, fromLocal, toLocal } from '@/ui/time'

const QUARTER = 900_000
const MOST_KNOWN = 40_000

/** Days and clocks of one time zone, for thousands of instants: what Intl says of a quarter of an hour is asked once. */
export interface Zone {
  readonly name: string
  /** `YYYY-MM-DD` of an instant. */
  dayOf: (at: number) => string
  /** Minutes since midnight as the clock shows them. */
  minutesOf: (at: number) => number
  /** The instant with which a day begins. */
  startOf: (day: string) => number
  /** The instant at which the clock shows so many minutes after midnight. */
  at: (day: string, minutes: number) => number
}

export function createZone(name: string): Zone {
  // Offsets change on quarters of an hour, everywhere.
  const walls = new Map<number, number>()
  const starts = new Map<string, number>()

  function wall(at: number): number {
    const quarter = Math.floor(at / QUARTER)
    let known = walls.get(quarter)
    if (known === undefined) {
      if (walls.size > MOST_KNOWN) walls.clear()
      const { date, time } = toLocal(new Date(quarter * QUARTER), name)
      known = Date.parse(`${date}T${time}Z`) - quarter * QUARTER
      walls.set(quarter, known)
    }
    return at + known
  }

  function at(day: string, minutes: number): number {
    const date = addDays(day, Math.floor(minutes / 1440))
    const rest = ((minutes % 1440) + 1440) % 1440
    const time = `${String(Math.floor(rest / 60)).padStart(2, '0')}:${String(Math.floor(rest % 60)).padStart(2, '0')}`
    return fromLocal({ date, time }, name)?.getTime() ?? Number.NaN
  }

  return {
    name,
    dayOf: (instant) => new Date(wall(instant)).toISOString().slice(0, 10),
    minutesOf: (instant) => Math.floor((wall(instant) % 86_400_000) / 60_000),
    startOf(day) {
      let known = starts.get(day)
      if (known === undefined) {
        known = at(day, 0)
        starts.set(day, known)
      }
      return known
    },
    at,
  }
}
