import type { Translate } from '@/i18n'
import { plainLine } from '@/ui/text'
import { formatWith, type TimeContext } from '@/ui/time'
import { daysWith, ordinalOf, WEEKDAYS, weekdayOf, type Weekday } from './days'
import type { Repeat } from './rule'

/** `Tuesday`, as the language writes it within a sentence. */
export function weekdayName(day: Weekday, locale: string, style: 'long' | 'short' = 'long'): string {
  // The first of January 2024 was a Monday.
  return formatWith(new Date(Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day))), { locale, zone: 'UTC' }, { weekday: style })
}

/** A recurrence in words: `Every 2 weeks on Tuesday and Thursday, until 31 Dec 2026`. */
export function repeatWords(repeat: Repeat, start: string, t: Translate, { locale }: TimeContext): string {
  const { frequency, interval } = repeat
  if (frequency === 'never') return t('repeat.frequency.never')
  if (frequency === 'custom') return t('repeat.words.custom', { rule: plainLine(repeat.custom) })
  const date = (options: Intl.DateTimeFormatOptions, at: string) => formatWith(`${at}T00:00Z`, { locale, zone: 'UTC' }, options)
  const on = daysWith(repeat.days, start).map((day) => t('repeat.words.onDay', { day: weekdayName(day, locale) }))
  const values = {
    count: interval,
    days: new Intl.ListFormat(locale, { type: 'conjunction' }).format(on),
    day: Number(start.slice(8)),
    nth: frequency === 'monthlyNth' ? t(`repeat.nth.${ordinalOf(start)}`) : '',
    weekday: weekdayName(weekdayOf(start), locale),
    date: date({ day: 'numeric', month: 'long' }, start),
  }
  const sentence = t(`repeat.words.${frequency}`, values)
  if (repeat.end === 'until' && repeat.until) return `${sentence}, ${t('repeat.words.until', { date: date({ dateStyle: 'medium' }, repeat.until) })}`
  if (repeat.end === 'count') return `${sentence}, ${t('repeat.words.times', repeat.count)}`
  return sentence
}
