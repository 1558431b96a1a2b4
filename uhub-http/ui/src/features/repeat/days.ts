import { addDays, mondayOf } from '@/ui/time'
import type { Repeat } from './rule'

/** As RFC 5545 calls them, from Monday on. */
export const WEEKDAYS = ['MO', 'TU', 'WE', 'TH', 'FR', 'SA', 'SU'] as const
export type Weekday = (typeof WEEKDAYS)[number]

const DAY = 86_400_000

const dateOf = (day: string) => new Date(`${day}T00:00Z`)

export function weekdayOf(day: string): Weekday {
  return WEEKDAYS[(dateOf(day).getUTCDay() + 6) % 7] ?? 'MO'
}

/** The days of the week, the start's own among them. */
export function daysWith(days: readonly Weekday[], start: string): Weekday[] {
  return WEEKDAYS.filter((day) => day === weekdayOf(start) || days.includes(day))
}

/** The first, second … fifth of its weekday in the month. */
export function ordinalOf(day: string): number {
  return Math.ceil(Number(day.slice(8)) / 7)
}

/** How many days its month has. */
export function lastDayOf(day: string): number {
  const date = dateOf(day)
  return new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()
}

/** Beyond these days nothing more is looked for: the 29th of February comes every eight years at the latest. */
const REACH = 366 * 12

function names(repeat: Repeat, start: string, day: string): boolean {
  const [from, at] = [dateOf(start), dateOf(day)]
  const months = (at.getUTCFullYear() - from.getUTCFullYear()) * 12 + at.getUTCMonth() - from.getUTCMonth()
  const isSameDay = at.getUTCDate() === from.getUTCDate()
  const isSameWeekday = weekdayOf(day) === weekdayOf(start)
  switch (repeat.frequency) {
    case 'daily':
      return Math.round((at.getTime() - from.getTime()) / DAY) % repeat.interval === 0
    case 'weekdays':
      return at.getUTCDay() % 6 !== 0
    case 'weekly': {
      const weeks = Math.round((dateOf(mondayOf(day)).getTime() - dateOf(mondayOf(start)).getTime()) / (7 * DAY))
      return weeks % repeat.interval === 0 && daysWith(repeat.days, start).includes(weekdayOf(day))
    }
    case 'monthlyDay':
      return isSameDay && months % repeat.interval === 0
    case 'monthlyNth':
      return isSameWeekday && months % repeat.interval === 0 && ordinalOf(day) === ordinalOf(start)
    case 'monthlyLast':
      return isSameWeekday && months % repeat.interval === 0 && lastDayOf(day) - at.getUTCDate() < 7
    case 'yearly':
      return isSameDay && months % (12 * repeat.interval) === 0
    case 'never':
    case 'custom':
      return false
  }
}

/** The first days on which it takes place, at most so many. None for a rule that the form cannot say. */
export function firstDays(repeat: Repeat, start: string, limit: number): string[] {
  const found: string[] = []
  const most = repeat.end === 'count' ? Math.min(limit, repeat.count) : limit
  for (let turn = 0, day = start; turn < REACH && found.length < most; turn += 1, day = addDays(day, 1)) {
    if (repeat.end === 'until' && repeat.until && day > repeat.until) break
    if (names(repeat, start, day)) found.push(day)
  }
  return found
}

/** Whether it begins with its own start: what repeats on weekdays cannot begin on a Sunday. */
export function namesStart(repeat: Repeat, start: string): boolean {
  return repeat.frequency === 'never' || repeat.frequency === 'custom' || names(repeat, start, start)
}
