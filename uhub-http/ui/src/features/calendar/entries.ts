import type { Freeze } from '@/api/types'
import { addDays } from '@/ui/time'
import { bySpan, capDays, capHours } from './cap'
import { byTime, daysOf, type Item } from './model'
import type { Days } from './range'
import type { View } from './views'
import type { Zone } from './zone'

/**
 * What the grid is given. `more` and `crowd` stand for what it is not given: they are buttons that show all of a day. A ghost is
 * a job at the place where it would go if a second person agreed.
 */
export type Entry =
  | { kind: 'job'; item: Item }
  | { kind: 'ghost'; item: Item }
  | { kind: 'more'; day: string; count: number }
  | { kind: 'crowd'; day: string; count: number }
  | { kind: 'freeze'; freeze: Freeze }

/** An entry as FullCalendar takes it; as much of its type as is used. */
export interface GridInput {
  id: string
  title: string
  start: string
  end: string
  allDay: boolean
  color: string
  editable: boolean
  display: 'block' | 'background'
  interactive: boolean
  extendedProps: { entry: Entry; look: string }
}

export interface GridLimits {
  /** Lines of a day in the month, and of the whole-day row above hours. */
  rows: number
  /** How many jobs lie beside each other in a column of hours. */
  columns: number
}

const HALF_HOUR = 1_800_000

export function gridInputs(
  view: Exclude<View, 'list'>, items: readonly Item[], freezes: readonly Freeze[], days: Days, zone: Zone, limits: GridLimits,
): GridInput[] {
  const inputs: GridInput[] = []
  const add = (entry: Entry, more: Omit<GridInput, 'extendedProps' | 'display' | 'interactive'> & Partial<GridInput>) => {
    inputs.push({
      display: 'block',
      interactive: true,
      ...more,
      extendedProps: { entry, look: lookOf(entry) },
    })
  }
  const addJob = (item: Item) => add({ kind: 'job', item }, {
    id: item.id, title: item.title, ...span(item), color: item.color, editable: item.editable,
  })

  const { shown, more, crowds } = fit(view, items, days, limits)
  for (const item of shown) addJob(item)
  for (const [day, count] of more) {
    add({ kind: 'more', day, count }, {
      id: `more:${day}`, title: `+${count}`, start: day, end: addDays(day, 1), allDay: true, color: '', editable: false,
    })
  }
  for (const { day, start, end, count } of crowds) {
    const slot = { start, end: Math.max(end, start + HALF_HOUR), allDay: false }
    add({ kind: 'crowd', day, count }, { id: `crowd:${start}`, title: `+${count}`, ...span(slot), color: '', editable: false })
  }
  for (const item of items) {
    if (!item.pending) continue
    const ghost = { ...item, ...item.pending, ...daysOf(item.pending, zone) }
    if (ghost.lastDay < days.from || ghost.firstDay >= days.to) continue
    add({ kind: 'ghost', item }, { id: `ghost:${item.id}`, title: item.title, ...span(ghost), color: item.color, editable: false })
  }
  for (const freeze of freezes) {
    const slot = { start: Date.parse(freeze.start), end: Date.parse(freeze.end) }
    const { firstDay, lastDay } = daysOf(slot, zone)
    const asDays = { start: firstDay, end: addDays(lastDay, 1), allDay: true }
    // Rows of days paint whole days alone; columns of hours what they are.
    const timed = { start: new Date(slot.start).toISOString(), end: new Date(slot.end).toISOString(), allDay: false }
    add({ kind: 'freeze', freeze }, {
      id: `freeze:${freeze.id}`, title: freeze.reason, ...(view === 'month' ? asDays : timed), color: '', editable: false, display: 'background', interactive: false,
    })
  }
  return inputs

  function span(slot: { start: number; end: number; allDay: boolean }) {
    return slot.allDay
      ? { start: zone.dayOf(slot.start), end: zone.dayOf(slot.end), allDay: true }
      : { start: new Date(slot.start).toISOString(), end: new Date(slot.end).toISOString(), allDay: false }
  }
}

function fit(view: Exclude<View, 'list'>, items: readonly Item[], days: Days, { rows, columns }: GridLimits) {
  if (view === 'month') return { ...capDays(items, days, rows), crowds: [] }
  const whole = capDays(items.filter((item) => item.allDay), days, rows)
  const hours = capHours(items.filter((item) => !item.allDay), columns, HALF_HOUR)
  return { shown: [...whole.shown, ...hours.shown], more: whole.more, crowds: hours.crowds }
}

const LAST: Record<Entry['kind'], number> = { job: 0, ghost: 1, more: 2, crowd: 2, freeze: 3 }

/** The order in which entries take their lines: that of the capping, so that what is shown lies as it was counted. */
export function compareEntries(a: Entry, b: Entry, isByDays: boolean): number {
  if (a.kind === 'job' && b.kind === 'job') return isByDays ? bySpan(a.item, b.item) : byTime(a.item, b.item)
  return LAST[a.kind] - LAST[b.kind]
}

/** Differs where an entry looks different. */
function lookOf(entry: Entry): string {
  switch (entry.kind) {
    case 'job':
    case 'ghost': {
      const { item } = entry
      return [item.title, item.status, item.conflict, item.conflictsWith.join(), item.frozenBy, item.critical, item.editable, item.version, item.seriesId].join('|')
    }
    case 'more':
    case 'crowd':
      return String(entry.count)
    case 'freeze':
      return entry.freeze.reason
  }
}

/** Whether the grid has to draw it anew. */
export function isSameInput(a: GridInput, b: GridInput): boolean {
  return a.start === b.start && a.end === b.end && a.allDay === b.allDay && a.color === b.color && a.editable === b.editable
    && a.title === b.title && a.extendedProps.look === b.extendedProps.look
}

export interface InputChanges {
  remove: string[]
  add: GridInput[]
}

/** From what the grid has to what it should have. */
export function diffInputs(before: ReadonlyMap<string, GridInput>, after: readonly GridInput[]): InputChanges {
  const add = after.filter((input) => {
    const known = before.get(input.id)
    return !known || !isSameInput(known, input)
  })
  const stay = new Set(after.map(({ id }) => id))
  const anew = new Set(add.map(({ id }) => id))
  return { remove: [...before.keys()].filter((id) => !stay.has(id) || anew.has(id)), add }
}
