import { plain } from '@/ui/text'
import type { Match } from './search'
import type { Line } from './store'
import { PLAIN, styleClasses } from './style'

export interface Segment {
  text: string
  classes: string
  /** Part of a match; `current` is the one that was gone to. */
  match: 'none' | 'other' | 'current'
}

/** A part of a line cut where its looks change, with control and bidi characters made visible. */
export function segments(line: Line, from: number, to: number, matches: readonly Match[] = [], current: Match | null = null): Segment[] {
  const cuts = new Set([from, to])
  for (const [at] of line.marks) if (at > from && at < to) cuts.add(at)
  for (const match of matches) {
    if (match.from > from && match.from < to) cuts.add(match.from)
    if (match.to > from && match.to < to) cuts.add(match.to)
  }
  const places = [...cuts].sort((a, b) => a - b)
  const found: Segment[] = []
  for (let index = 0; index + 1 < places.length; index += 1) {
    const [start, end] = [places[index] ?? 0, places[index + 1] ?? 0]
    const style = line.marks.findLast(([at]) => at <= start)?.[1] ?? PLAIN
    const hit = matches.find((match) => match.from <= start && match.to >= end)
    const isCurrent = hit !== undefined && current !== null && hit.line === current.line && hit.from === current.from
    found.push({
      text: plain(line.text.slice(start, end)),
      classes: styleClasses(style),
      match: hit === undefined ? 'none' : isCurrent ? 'current' : 'other',
    })
  }
  return found
}
