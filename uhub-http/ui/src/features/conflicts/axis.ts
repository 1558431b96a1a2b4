/** Where instants lie on the small timeline: what is busy is drawn to scale, the empty time between is folded away. */

export interface Span {
  /** Milliseconds since 1970. */
  start: number
  end: number
}

export interface Segment {
  from: number
  to: number
  /** Of the whole width: 0 to 1. */
  x: number
  width: number
}

export interface Tick {
  at: number
  x: number
}

export interface Box {
  x: number
  width: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How wide a fold is, and how much all of them may take. */
const FOLD = 0.035
const FOLDS_AT_MOST = 0.25
/** No segment is narrower, so that its day can be read. */
const NARROWEST = 0.14

const STEPS = [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 28 * DAY]

const clamp = (value: number, low: number, high: number) => Math.min(Math.max(value, low), high)

/** Segments that hold every span with some air around it, from left to right. */
export function foldAxis(spans: readonly Span[]): Segment[] {
  const sound = spans.filter((span) => span.end > span.start).sort((a, b) => a.start - b.start)
  if (sound.length === 0) return []
  const longest = Math.max(...sound.map((span) => span.end - span.start))
  const air = clamp(longest / 4, 15 * MINUTE, 6 * HOUR)
  const gap = Math.max(2 * HOUR, longest)
  const busy: Span[] = []
  for (const span of sound) {
    const last = busy.at(-1)
    const [start, end] = [span.start - air, span.end + air]
    if (last && start - last.end <= gap) last.end = Math.max(last.end, end)
    else busy.push({ start, end })
  }
  const fold = Math.min(FOLD, FOLDS_AT_MOST / Math.max(busy.length - 1, 1))
  const room = 1 - fold * (busy.length - 1)
  const widths = shares(busy.map((span) => span.end - span.start), room)
  let x = 0
  return busy.map((span, index) => {
    const width = widths[index] ?? 0
    const segment = { from: span.start, to: span.end, x, width }
    x += width + fold
    return segment
  })
}

/** Shares the room by size, but gives nobody less than what can be read (or an equal part, where there are many). */
function shares(sizes: readonly number[], room: number): number[] {
  const least = Math.min(NARROWEST, room / sizes.length)
  const all = sizes.reduce((sum, size) => sum + size, 0)
  const raised = sizes.map((size) => Math.max((size / all) * room, least))
  const excess = raised.reduce((sum, width) => sum + width, 0) - room
  const spare = raised.reduce((sum, width) => sum + (width - least), 0)
  return spare <= 0 ? raised : raised.map((width) => width - ((width - least) / spare) * excess)
}

/** Where an instant is; `null` inside of a fold or beyond the ends. */
export function place(segments: readonly Segment[], at: number): number | null {
  const segment = segments.find(({ from, to }) => at >= from && at <= to)
  return segment ? segment.x + ((at - segment.from) / (segment.to - segment.from)) * segment.width : null
}

/** The boxes that a span fills: one in each segment that it touches. */
export function boxes(segments: readonly Segment[], span: Span): Box[] {
  return segments.flatMap(({ from, to, x, width }) => {
    const [start, end] = [Math.max(span.start, from), Math.min(span.end, to)]
    if (end <= start) return []
    const scale = width / (to - from)
    return [{ x: x + (start - from) * scale, width: (end - start) * scale }]
  })
}

/** Round instants of a segment, as many as there is room for. `midnight` is one of the zone's. */
export function ticks(segment: Segment, midnight: number, atMost: number): Tick[] {
  const span = segment.to - segment.from
  const wanted = Math.max(1, Math.floor(atMost * segment.width))
  const step = STEPS.find((size) => span / size <= wanted) ?? span
  const first = midnight + Math.ceil((segment.from - midnight) / step) * step
  const all: Tick[] = []
  for (let at = first; at <= segment.to; at += step) {
    const share = (at - segment.from) / span
    // A number at the very edge would be cut, or run into its neighbour.
    if (share > 0.02 && share < 0.98) all.push({ at, x: segment.x + share * segment.width })
  }
  return all
}
