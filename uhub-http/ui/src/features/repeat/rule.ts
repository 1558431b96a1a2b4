import { toLocal } from '@/ui/time'
import { daysWith, lastDayOf, ordinalOf, WEEKDAYS, weekdayOf, type Weekday } from './days'

export const FREQUENCIES = ['never', 'daily', 'weekdays', 'weekly', 'monthlyDay', 'monthlyNth', 'monthlyLast', 'yearly', 'custom'] as const
export type Frequency = (typeof FREQUENCIES)[number]

/** A recurrence as it is edited. What its start says by itself (the weekday, the day of the month) is not said again. */
export interface Repeat {
  frequency: Frequency
  interval: number
  /** Of `weekly`; the start's own is always one of them. */
  days: Weekday[]
  end: 'never' | 'until' | 'count'
  /** `YYYY-MM-DD`, the last day on which it may take place. */
  until: string
  count: number
  /** Of `custom`: the rule as text. */
  custom: string
}

export const NEVER: Readonly<Repeat> = { frequency: 'never', interval: 1, days: [], end: 'never', until: '', count: 10, custom: '' }

const WORKDAYS = WEEKDAYS.slice(0, 5)

/** The rule as text; `null` where nothing repeats. `start` is the local day on which it begins. */
export function toRule(repeat: Repeat, start: string): string | null {
  const { frequency, interval } = repeat
  if (frequency === 'never') return null
  if (frequency === 'custom') return repeat.custom.trim().replace(/^RRULE:/i, '')
  const parts: string[] = []
  const add = (name: string, value: string | number) => parts.push(`${name}=${value}`)
  if (frequency === 'weekdays') {
    add('FREQ', 'WEEKLY')
    add('BYDAY', WORKDAYS.join())
  } else {
    add('FREQ', frequency.startsWith('monthly') ? 'MONTHLY' : frequency.toUpperCase())
    if (interval > 1) add('INTERVAL', interval)
    const days = daysWith(repeat.days, start)
    if (frequency === 'weekly' && days.length > 1) add('BYDAY', days.join())
    if (frequency === 'monthlyNth') add('BYDAY', `${ordinalOf(start)}${weekdayOf(start)}`)
    if (frequency === 'monthlyLast') add('BYDAY', `-1${weekdayOf(start)}`)
  }
  if (repeat.end === 'until' && repeat.until) add('UNTIL', repeat.until.replaceAll('-', ''))
  if (repeat.end === 'count') add('COUNT', repeat.count)
  return parts.join(';')
}

/** The rule as it is edited; what the form cannot say is kept as it is. */
export function fromRule(rule: string, start: string, zone: string): Repeat {
  const custom: Repeat = { ...NEVER, frequency: 'custom', custom: rule.trim().replace(/^RRULE:/i, '') }
  const parts = new Map(custom.custom.toUpperCase().split(';').map((part) => {
    const [name = '', value = ''] = part.split('=')
    return [name, value] as const
  }))
  const take = (name: string) => {
    const value = parts.get(name)
    parts.delete(name)
    return value
  }
  const frequency = take('FREQ')
  const interval = Number(take('INTERVAL') ?? 1)
  const count = take('COUNT')
  const until = take('UNTIL')
  const days = take('BYDAY')
  const monthDay = take('BYMONTHDAY')
  if (take('WKST') === 'SU' && interval > 1) return custom
  // What is left over the form knows nothing of.
  if (parts.size > 0 || !Number.isInteger(interval) || interval < 1 || (monthDay !== undefined && frequency !== 'MONTHLY')) return custom
  const lastDay = until === undefined ? '' : dayOfUntil(until, zone)
  if (lastDay === null) return custom
  const form: Repeat = {
    ...NEVER,
    interval,
    ...(count === undefined ? {} : { end: 'count', count: Number(count) }),
    ...(until === undefined ? {} : { end: 'until', until: lastDay }),
  }
  switch (frequency) {
    case 'DAILY':
      return days === undefined ? { ...form, frequency: 'daily' } : custom
    case 'YEARLY':
      return days === undefined ? { ...form, frequency: 'yearly' } : custom
    case 'WEEKLY': {
      const named = days?.split(',') ?? [weekdayOf(start)]
      const known = WEEKDAYS.filter((day) => named.includes(day))
      if (known.length !== named.length) return custom
      if (interval === 1 && known.join() === WORKDAYS.join()) return { ...form, frequency: 'weekdays' }
      return known.includes(weekdayOf(start)) ? { ...form, frequency: 'weekly', days: known } : custom
    }
    case 'MONTHLY':
      if (days === undefined) return monthDay === undefined || Number(monthDay) === Number(start.slice(8)) ? { ...form, frequency: 'monthlyDay' } : custom
      if (monthDay !== undefined) return custom
      if (days === `${ordinalOf(start)}${weekdayOf(start)}`) return { ...form, frequency: 'monthlyNth' }
      return days === `-1${weekdayOf(start)}` && lastDayOf(start) - Number(start.slice(8)) < 7 ? { ...form, frequency: 'monthlyLast' } : custom
    default:
      return custom
  }
}

/** `20261231`, `20261231T225959` or, in UTC, `20261231T225959Z`, as a day on the clocks of the zone. */
function dayOfUntil(until: string, zone: string): string | null {
  const found = /^(\d{4})(\d{2})(\d{2})(?:T(\d{2})(\d{2})(\d{2})(Z?))?$/.exec(until)
  if (!found) return null
  const [, year, month, day, hours, minutes, seconds, isUtc] = found
  const date = `${year}-${month}-${day}`
  if (Number.isNaN(Date.parse(date))) return null
  return isUtc ? toLocal(`${date}T${hours}:${minutes}:${seconds}Z`, zone).date : date
}

/** Which ways of repeating a start offers: the last of a month only in its last week, no fifth weekday. */
export function offered(start: string): Frequency[] {
  const day = Number(start.slice(8))
  return FREQUENCIES.filter((one) => {
    if (one === 'monthlyNth') return ordinalOf(start) < 5
    return one !== 'monthlyLast' || lastDayOf(start) - day < 7
  })
}
