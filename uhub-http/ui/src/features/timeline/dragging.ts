import type { Slot } from '@/features/calendar/model'
import { nudge } from '@/features/calendar/nudge'
import type { Zone } from '@/features/calendar/zone'
import { addDays } from '@/ui/time'

export type Handle = 'move' | 'start' | 'end'

const DAY = 86_400_000

function snapTo(value: number, step: number): number {
  return Math.round(value / step) * step
}

/** The slot after its middle or one of its ends is dragged by so many milliseconds. It never becomes empty. */
export function dragged(slot: Slot, handle: Handle, by: number, step: number, zone: Zone): Slot {
  if (slot.allDay) return draggedDays(slot, handle, Math.round(by / DAY), zone)
  const shift = snapTo(by, step)
  if (handle === 'move') {
    // A start off the grid goes onto it; the length stays.
    const start = shift === 0 ? slot.start : snapTo(slot.start + shift, Math.min(step, 900_000))
    return { ...slot, start, end: start + (slot.end - slot.start) }
  }
  const least = Math.min(step, slot.end - slot.start)
  if (handle === 'start') return { ...slot, start: Math.min(slot.start + shift, slot.end - least) }
  return { ...slot, end: Math.max(slot.end + shift, slot.start + least) }
}

function draggedDays(slot: Slot, handle: Handle, days: number, zone: Zone): Slot {
  if (handle === 'move') return nudge(slot, { days }, zone)
  const first = zone.dayOf(slot.start)
  const after = zone.dayOf(slot.end)
  if (handle === 'start') {
    const wanted = addDays(first, days)
    return { ...slot, start: zone.startOf(wanted < after ? wanted : addDays(after, -1)) }
  }
  const wanted = addDays(after, days)
  return { ...slot, end: zone.startOf(wanted > first ? wanted : addDays(first, 1)) }
}

/** A span drawn on the empty track, on the grid. */
export function drawn(from: number, to: number, step: number): Slot {
  const start = Math.floor(Math.min(from, to) / step) * step
  return { start, end: Math.max(Math.ceil(Math.max(from, to) / step) * step, start + step), allDay: false }
}
