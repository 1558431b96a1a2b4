import type { CalendarEvent } from '@/api/types'
import { edge } from '@/ui/time'

/** One job in the strip of the week. */
export interface Bar {
  event: CalendarEvent
  /** Where it begins and how long it is, in parts of the week. */
  left: number
  width: number
  /** Which line of its row: bars that overlap lie below each other. */
  lane: number
}

export interface Row {
  id: string
  name: string
  color: string
  bars: Bar[]
  lanes: number
  /** How many found no place; never hidden without being said. */
  hidden: number
}

/** Lines per project, before the rest is counted. */
export const MOST_LANES = 4
/** Narrower than this nobody could see or hit it: parts of the week. */
export const THINNEST = 0.036

/** The jobs of `[first, last)` by project, each bar in the first line that is free. */
export function weekRows(events: readonly CalendarEvent[], first: Date, last: Date, zone: string): Row[] {
  const [from, length] = [first.getTime(), last.getTime() - first.getTime()]
  const rows = new Map<string, Row & { ends: number[] }>()
  const inOrder = events
    .map((event) => ({ event, start: edge(event.start, zone).getTime(), end: edge(event.end, zone).getTime() }))
    .sort((a, b) => a.start - b.start || b.end - a.end)
  for (const { event, start, end } of inOrder) {
    const begin = Math.max(0, (start - from) / length)
    const right = Math.min(1, (end - from) / length)
    if (begin >= 1 || right <= 0) continue
    const width = Math.max(right - begin, THINNEST)
    const left = Math.min(begin, 1 - width)
    const { project_id: id, project_name: name } = event.extendedProps
    let row = rows.get(id)
    if (!row) {
      row = { id, name, color: event.color, bars: [], lanes: 0, hidden: 0, ends: [] }
      rows.set(id, row)
    }
    const free = row.ends.findIndex((taken) => taken <= left)
    const lane = free === -1 ? row.ends.length : free
    if (lane >= MOST_LANES) {
      row.hidden += 1
      continue
    }
    row.ends[lane] = left + width
    row.bars.push({ event, left, width, lane })
    row.lanes = row.ends.length
  }
  return [...rows.values()]
    .map(({ ends: _, ...row }) => row)
    .sort((a, b) => a.name.localeCompare(b.name))
}
