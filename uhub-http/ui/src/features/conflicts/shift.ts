import type { Translate } from '@/i18n'
import { toLocal, type TimeContext } from '@/ui/time'

const DAY = 86_400
const UNITS: ['day' | 'hour' | 'minute' | 'second', number][] = [['day', DAY], ['hour', 3600], ['minute', 60], ['second', 1]]

/** `2 hours`, `1 day 3 hours`: two units at most. */
export function longDuration(seconds: number, locale: string): string {
  let rest = Math.round(Math.abs(seconds))
  const words: string[] = []
  for (const [unit, size] of UNITS) {
    const count = Math.floor(rest / size)
    if (count > 0) {
      words.push(new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(count))
      rest -= count * size
    }
    // The smaller unit goes with its neighbour alone: nobody needs `2 days 5 seconds`.
    if (words.length === 2 || (words.length === 1 && count === 0)) break
  }
  return words.join(' ')
}

/** Seconds between what two clocks on the wall show: a day is a day, also where the clocks change in between. */
export function wallShift(from: string, to: string, zone: string): number {
  const wall = (at: string) => {
    const { date, time } = toLocal(at, zone)
    return Date.parse(`${date}T${time}Z`)
  }
  return (wall(to) - wall(from)) / 1000
}

/** `2 hours later`, `1 day earlier`. */
export function shiftWords(from: string, to: string, context: TimeContext, t: Translate): string {
  const seconds = wallShift(from, to, context.zone)
  if (seconds === 0) return t('conflicts.shift.none')
  const duration = longDuration(seconds, context.locale)
  return seconds > 0 ? t('conflicts.shift.later', { duration }) : t('conflicts.shift.earlier', { duration })
}
