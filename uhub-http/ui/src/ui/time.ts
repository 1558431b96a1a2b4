/** Dates as people read them: in the hub's time zone and the reader's language. Nothing here reads the clock but by argument. */

export interface TimeContext {
  /** BCP 47. */
  locale: string
  /** IANA name. */
  zone: string
}

export interface LocalTime {
  /** `YYYY-MM-DD` */
  date: string
  /** `HH:mm` */
  time: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

function format({ locale, zone }: TimeContext, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${locale}|${zone}|${JSON.stringify(options)}`
  let known = formats.get(key)
  if (!known) {
    known = new Intl.DateTimeFormat(locale, { timeZone: zone, ...options })
    formats.set(key, known)
  }
  return known
}

const TIME: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }
const DAY: Intl.DateTimeFormatOptions = { weekday: 'short', day: 'numeric', month: 'short' }

export function formatWith(at: string | Date, context: TimeContext, options: Intl.DateTimeFormatOptions): string {
  return format(context, options).format(new Date(at))
}

/** `14:30` */
export function formatTime(at: string | Date, context: TimeContext): string {
  return formatWith(at, context, TIME)
}

/** `Tue 24 Nov`, with the year where it is not this one. */
export function formatDay(at: string | Date, context: TimeContext, now = new Date()): string {
  const other = toLocal(at, context.zone).date.slice(0, 4) !== toLocal(now, context.zone).date.slice(0, 4)
  return formatWith(at, context, other ? { ...DAY, year: 'numeric' } : DAY)
}

/** `Tue 24 Nov, 14:30` */
export function formatDateTime(at: string | Date, context: TimeContext, now = new Date()): string {
  return `${formatDay(at, context, now)}, ${formatTime(at, context)}`
}

/** To the second, for tables of what happened. */
export function formatExact(at: string | Date, context: TimeContext): string {
  return formatWith(at, context, { dateStyle: 'medium', timeStyle: 'medium' })
}

/** A slot `[start, end)`: the day once, where it begins and ends on the same. */
export function formatSlot(
  start: string | Date,
  end: string | Date,
  context: TimeContext,
  { allDay = false, now = new Date() }: { allDay?: boolean; now?: Date } = {},
): string {
  if (allDay) {
    // The end is the midnight after the last day.
    const last = new Date(new Date(end).getTime() - 1)
    const [from, to] = [formatDay(start, context, now), formatDay(last, context, now)]
    return from === to ? from : `${from} – ${to}`
  }
  const sameDay = toLocal(start, context.zone).date === toLocal(end, context.zone).date
  const to = sameDay ? formatTime(end, context) : formatDateTime(end, context, now)
  return `${formatDateTime(start, context, now)} – ${to}`
}

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
]

/** `in 3 hours`, `yesterday`. */
export function formatRelative(at: string | Date, locale: string, now = new Date()): string {
  const seconds = (new Date(at).getTime() - now.getTime()) / 1000
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' })
  for (const [unit, size] of UNITS) {
    if (Math.abs(seconds) >= size * 0.95) return relative.format(Math.round(seconds / size), unit)
  }
  return relative.format(0, 'second')
}

/** `1 h 30 min`: two units at most. */
export function formatDuration(seconds: number, locale: string): string {
  const parts: [Intl.NumberFormatOptions['unit'], number][] = [
    ['day', 86_400],
    ['hour', 3600],
    ['minute', 60],
    ['second', 1],
  ]
  let rest = Math.round(Math.abs(seconds))
  const words: string[] = []
  for (const [unit, size] of parts) {
    const count = Math.floor(rest / size)
    if (count > 0 && words.length < 2) {
      words.push(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
      rest -= count * size
    } else if (words.length > 0) break
  }
  return words.join(' ') || new Intl.NumberFormat(locale, { style: 'unit', unit: 'second', unitDisplay: 'short' }).format(0)
}

/** The same, said as a shift: `+45 min`, `−1 h`. */
export function formatShift(seconds: number, locale: string): string {
  if (seconds === 0) return formatDuration(0, locale)
  return `${seconds < 0 ? '−' : '+'}${formatDuration(seconds, locale)}`
}

/** What the clock on the wall of that zone shows. */
export function toLocal(at: string | Date, zone: string): LocalTime {
  const parts = format({ locale: 'en-CA', zone }, { dateStyle: 'short', timeStyle: 'short', hourCycle: 'h23' })
    .formatToParts(new Date(at))
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? '00'
  return {
    date: `${part('year')}-${part('month')}-${part('day')}`,
    time: `${part('hour')}:${part('minute')}`,
  }
}

function offsetAt(instant: number, zone: string): number {
  const { date, time } = toLocal(new Date(instant), zone)
  return Date.parse(`${date}T${time}Z`) - Math.floor(instant / 60_000) * 60_000
}

/**
 * The instant when the clocks of that zone show it. An hour that a clock skips is read as if it had not been (02:30 becomes
 * 03:30), of an hour that comes twice it is the first: as calendars do. `null` where it is no date.
 */
export function fromLocal({ date, time }: LocalTime, zone: string): Date | null {
  const wall = Date.parse(`${date}T${time || '00:00'}Z`)
  if (!/^\d{4}-\d{2}-\d{2}$/.test(date) || Number.isNaN(wall)) return null
  const before = offsetAt(wall - 86_400_000, zone)
  const after = offsetAt(wall + 86_400_000, zone)
  for (const offset of [before, after]) {
    if (offsetAt(wall - offset, zone) === offset) return new Date(wall - offset)
  }
  return new Date(wall - before)
}

/** The moment of a calendar event's edge: whole days come as dates (`2026-11-25`), and begin at the midnight of the hub's zone. */
export function edge(value: string, zone: string): Date {
  return (/^\d{4}-\d{2}-\d{2}$/.test(value) ? fromLocal({ date: value, time: '00:00' }, zone) : null) ?? new Date(value)
}

/** `YYYY-MM-DD`, so many days later. */
export function addDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00Z`) + days * 86_400_000).toISOString().slice(0, 10)
}

/** The local midnight with which a day begins. */
export function startOfDay(at: string | Date, zone: string): Date {
  return fromLocal({ date: toLocal(at, zone).date, time: '00:00' }, zone) ?? new Date(at)
}

/** The Monday of that day's week, as `YYYY-MM-DD`. */
export function mondayOf(date: string): string {
  const weekday = (new Date(`${date}T00:00Z`).getUTCDay() + 6) % 7
  return addDays(date, -weekday)
}

/** ISO 8601: week 1 is the one with the year's first Thursday. */
export function weekNumber(date: string): number {
  const thursday = new Date(`${addDays(mondayOf(date), 3)}T00:00Z`)
  const firstDay = Date.UTC(thursday.getUTCFullYear(), 0, 1)
  return 1 + Math.floor((thursday.getTime() - firstDay) / (7 * 86_400_000))
}

/** `Europe/Paris` → `GMT+1`, as it is at that moment. */
export function zoneOffsetName(at: Date, context: TimeContext): string {
  const parts = format(context, { timeZoneName: 'shortOffset' }).formatToParts(at)
  return parts.find((part) => part.type === 'timeZoneName')?.value ?? context.zone
}
