import { addDays } from '@/ui/time'
import type { Slot } from './model'
import type { Zone } from './zone'

const MINUTE = 60_000

/** What an arrow key means: left and right a quarter of an hour, up and down a day. */
export const NUDGES: Record<string, { minutes?: number; days?: number }> = {
  ArrowLeft: { minutes: -15 },
  ArrowRight: { minutes: 15 },
  ArrowUp: { days: -1 },
  ArrowDown: { days: 1 },
}

/** A slot so much later. A day later is the same time on the clock, also where the clock changes in between. */
export function nudge(slot: Slot, { minutes = 0, days = 0 }: { minutes?: number; days?: number }, zone: Zone): Slot {
  const later = (at: number) => (days === 0 ? at : zone.at(addDays(zone.dayOf(at), days), zone.minutesOf(at)))
  if (slot.allDay) {
    const whole = days !== 0 ? days : Math.sign(minutes)
    const day = (at: number) => zone.startOf(addDays(zone.dayOf(at), whole))
    return { start: day(slot.start), end: day(slot.end), allDay: true }
  }
  const start = later(slot.start) + minutes * MINUTE
  return { start, end: start + (slot.end - slot.start), allDay: false }
}
