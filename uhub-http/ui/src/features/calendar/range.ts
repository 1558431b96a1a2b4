import { addDays, formatWith, mondayOf } from '@/ui/time'
import type { View } from './views'

/** Days `[from, to)`. */
export interface Days {
  from: string
  to: string
}

export function firstOfMonth(day: string): string {
  return `${day.slice(0, 7)}-01`
}

export function addMonths(day: string, months: number): string {
  const [year = 2000, month = 1] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 + months, 1)).toISOString().slice(0, 10)
}

/** What a view shows around a day. A month is filled up with the days of its first and last week. */
export function daysShown(view: View, day: string): Days {
  switch (view) {
    case 'month': {
      const last = addDays(addMonths(day, 1), -1)
      return { from: mondayOf(firstOfMonth(day)), to: addDays(mondayOf(last), 7) }
    }
    case 'week':
      return { from: mondayOf(day), to: addDays(mondayOf(day), 7) }
    case 'day':
      return { from: day, to: addDays(day, 1) }
    case 'list':
      return { from: firstOfMonth(day), to: addMonths(day, 1) }
  }
}

/** The day around which the next or the previous page is. */
export function step(view: View, day: string, direction: 1 | -1): string {
  switch (view) {
    case 'month':
    case 'list':
      return addMonths(day, direction)
    case 'week':
      return addDays(day, 7 * direction)
    case 'day':
      return addDays(day, direction)
  }
}

export function isDay(text: unknown): text is string {
  return typeof text === 'string' && /^2[01]\d\d-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))
    && new Date(text).toISOString().startsWith(text)
}

/** `November 2026`, `16 – 22 Nov 2026`, `Tuesday 24 November 2026`. */
export function titleOf(view: View, day: string, locale: string): string {
  const at = (text: string) => new Date(`${text}T00:00Z`)
  const format = (options: Intl.DateTimeFormatOptions) => capital(formatWith(at(day), { locale, zone: 'UTC' }, options))
  if (view === 'day') return format({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })
  if (view === 'week') {
    const { from, to } = daysShown('week', day)
    return new Intl.DateTimeFormat(locale, { timeZone: 'UTC', day: 'numeric', month: 'short', year: 'numeric' }).formatRange(at(from), at(addDays(to, -1)))
  }
  return format({ month: 'long', year: 'numeric' })
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1)
}
