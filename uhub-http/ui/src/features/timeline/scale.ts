import { addDays, mondayOf } from '@/ui/time'
import type { Days } from '@/features/calendar/range'
import { addMonths, firstOfMonth } from '@/features/calendar/range'
import type { Zone } from '@/features/calendar/zone'

export const SCALES = ['day', 'week', 'month'] as const
export type Scale = (typeof SCALES)[number]

const MINUTE = 60_000

/** Drags go in these steps; whole days are whole days at any scale. */
export const SNAP: Record<Scale, number> = { day: 15 * MINUTE, week: 30 * MINUTE, month: 60 * MINUTE }

/** Least width of the track, in pixels a day. */
export const DAY_WIDTH: Record<Scale, number> = { day: 1440, week: 110, month: 30 }

export function scaleDays(scale: Scale, day: string): Days {
  if (scale === 'day') return { from: day, to: addDays(day, 1) }
  if (scale === 'week') return { from: mondayOf(day), to: addDays(mondayOf(day), 7) }
  return { from: firstOfMonth(day), to: addMonths(day, 1) }
}

export function stepScale(scale: Scale, day: string, direction: 1 | -1): string {
  if (scale === 'month') return addMonths(day, direction)
  return addDays(day, direction * (scale === 'week' ? 7 : 1))
}

export interface Axis {
  start: number
  end: number
}

export function axisOf({ from, to }: Days, zone: Zone): Axis {
  return { start: zone.startOf(from), end: zone.startOf(to) }
}

/** Where an instant lies, in percent of the track. */
export function percent(at: number, { start, end }: Axis): number {
  return ((at - start) / (end - start)) * 100
}

export interface Tick {
  at: number
  /** `YYYY-MM-DD` */
  day: string
  /** Minutes since midnight. */
  minutes: number
}

/** Marks of the axis: hours of a day, days otherwise. */
export function ticksOf(scale: Scale, { from, to }: Days, zone: Zone): Tick[] {
  const ticks: Tick[] = []
  for (let day = from; day < to; day = addDays(day, 1)) {
    for (let minutes = 0; minutes < (scale === 'day' ? 1440 : 1); minutes += 60) ticks.push({ at: zone.at(day, minutes), day, minutes })
  }
  return ticks
}
