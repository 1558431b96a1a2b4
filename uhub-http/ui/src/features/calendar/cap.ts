import { addDays } from '@/ui/time'
import { byTime, type Item } from './model'
import type { Days } from './range'

/** What a grid can show, and where more is than it can. */
export interface Capped {
  shown: Item[]
  /** Days with more than is shown, and how many. */
  more: Map<string, number>
}

/**
 * What fits into rows of days: at most `rows` lines a day, the last of them for "+n more" where more comes. Lines are given as
 * the grid gives them, so what is shown lies as it would beside the rest; a week begins anew, as its row does.
 */
export function capDays(items: readonly Item[], { from, to }: Days, rows: number): Capped {
  const places: Place[] = []
  const hidden = new Set<Item>()
  for (let week = from; week < to; week = addDays(week, 7)) {
    const end = addDays(week, 7) < to ? addDays(week, 7) : to
    const there = items.filter((item) => item.firstDay < end && item.lastDay >= week)
    // A job over several weeks is shown in all of them or in none: the grid knows no half of one.
    const folded = there.filter((item) => hidden.has(item)).map((item) => ({ item, days: daysWithin(item, week, end), isShown: false }))
    const row = capRow(there.filter((item) => !hidden.has(item)), week, end, rows, new Set(folded.flatMap(({ days }) => days)))
    for (const { item, isShown } of row) if (!isShown) hidden.add(item)
    places.push(...folded, ...row)
  }
  const shown = new Set<Item>()
  const more = new Map<string, number>()
  for (const { item, days } of places) {
    if (!hidden.has(item)) shown.add(item)
    else for (const day of days) more.set(day, (more.get(day) ?? 0) + 1)
  }
  return { shown: [...shown], more }
}

function daysWithin(item: Item, from: string, to: string): string[] {
  const days: string[] = []
  for (let day = item.firstDay < from ? from : item.firstDay; day <= item.lastDay && day < to; day = addDays(day, 1)) days.push(day)
  return days
}

/** A job's part of a week. */
interface Place {
  item: Item
  days: string[]
  isShown: boolean
}

interface Placed {
  item: Item
  days: string[]
  lane: number
}

function capRow(items: Item[], from: string, to: string, rows: number, crowded: ReadonlySet<string>): Place[] {
  const taken = new Map<string, Set<number>>()
  const placed: Placed[] = []
  for (const item of [...items].sort(bySpan)) {
    const days = daysWithin(item, from, to)
    let lane = 0
    // Which line it would have below the last does not matter.
    while (lane < rows && days.some((day) => taken.get(day)?.has(lane))) lane += 1
    if (lane < rows) {
      for (const day of days) {
        const lanes = taken.get(day)
        if (lanes) lanes.add(lane)
        else taken.set(day, new Set([lane]))
      }
    }
    placed.push({ item, days, lane })
  }
  const overflowing = new Set([...crowded, ...placed.filter(({ lane }) => lane >= rows).flatMap(({ days }) => days)])
  return placed.map(({ item, days, lane }) => ({
    item,
    days,
    isShown: lane < rows - 1 || (lane === rows - 1 && !days.some((day) => overflowing.has(day))),
  }))
}

/** As the grid orders: earlier first, then what spans more, whole days before times. */
export function bySpan(a: Item, b: Item): number {
  if (a.firstDay !== b.firstDay) return a.firstDay < b.firstDay ? -1 : 1
  const isLong = (item: Item) => item.allDay || item.firstDay !== item.lastDay
  if (isLong(a) !== isLong(b)) return isLong(a) ? -1 : 1
  if (isLong(a) && a.lastDay !== b.lastDay) return a.lastDay > b.lastDay ? -1 : 1
  return byTime(a, b)
}

/** A span of one day in which more goes on than beside each other can be shown. */
export interface Crowd {
  day: string
  start: number
  end: number
  count: number
}

/** What fits beside each other in columns of hours: at most `columns`, the last of them for "+n more" where more comes. */
export function capHours(items: readonly Item[], columns: number, least: number): { shown: Item[]; crowds: Crowd[] } {
  const shown: Item[] = []
  const hidden: Item[] = []
  const perDay = new Map<string, Item[]>()
  for (const item of items) {
    const list = perDay.get(item.firstDay)
    if (list) list.push(item)
    else perDay.set(item.firstDay, [item])
  }
  for (const list of perDay.values()) {
    list.sort(byTime)
    const lanes = new Map<Item, number>()
    const ends: number[] = []
    for (const item of list) {
      const free = ends.findIndex((end) => end <= item.start)
      const lane = free === -1 ? ends.length : free
      ends[lane] = Math.max(item.end, item.start + least)
      lanes.set(item, lane)
    }
    const over = list.filter((item) => (lanes.get(item) ?? 0) >= columns)
    for (const item of list) {
      const lane = lanes.get(item) ?? 0
      const isLast = lane === columns - 1 && over.some((other) => other.start < item.end && item.start < other.end)
      if (lane < columns - 1 || (lane === columns - 1 && !isLast)) shown.push(item)
      else hidden.push(item)
    }
  }
  return { shown, crowds: crowdsOf(hidden) }
}

function crowdsOf(hidden: Item[]): Crowd[] {
  const crowds: Crowd[] = []
  for (const item of [...hidden].sort((a, b) => a.start - b.start)) {
    const last = crowds.at(-1)
    if (last && last.day === item.firstDay && item.start < last.end) {
      last.end = Math.max(last.end, item.end)
      last.count += 1
    } else crowds.push({ day: item.firstDay, start: item.start, end: item.end, count: 1 })
  }
  return crowds
}
