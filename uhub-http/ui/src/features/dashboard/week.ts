import type { CalendarEvent } from '@/api/types'

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

/** The jobs of `[start, end)` by project, each bar in the first line that is free. */
export function weekRows(events: readonly CalendarEvent[], start: Date, end: Date): Row[] {
  const [from, length] = [start.getTime(), end.getTime() - start.getTime()]
  const rows = new Map<string, Row & { ends: number[] }>()
  const inOrder = [...events].sort((a, b) => a.start.localeCompare(b.start) || b.end.localeCompare(a.end))
  for (const event of inOrder) {
    const begin = Math.max(0, (Date.parse(event.start) - from) / length)
    const right = Math.min(1, (Date.parse(event.end) - from) / length)
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
