/** An audit entry's detail as lines to read, whatever its shape. */

export interface Line {
  /** `slot.start`, as words: `slot › start`. */
  label: string
  /** `null`: it says that there is none. */
  value: string | number | boolean | null
  /** For a change: what it was before. */
  before?: string | number | boolean | null
}

type Json = unknown
type Plain = string | number | boolean | null

/** Deeper than this nobody reads; the rest is said as text. */
const DEEPEST = 5
const MOST = 200

const isPlain = (value: Json): value is Plain => value === null || ['string', 'number', 'boolean'].includes(typeof value)
const isRecord = (value: Json): value is Record<string, Json> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** `planned_start` → `planned start` */
const words = (key: string) => key.replace(/[_-]+/g, ' ')

function isChange(value: Record<string, Json>): value is { from: Json; to: Json } {
  const names = Object.keys(value)
  return names.length === 2 && 'from' in value && 'to' in value
}

function walk(value: Json, path: readonly string[], lines: Line[]): void {
  if (lines.length >= MOST) return
  const label = path.join(' › ')
  if (isPlain(value)) {
    lines.push({ label, value })
  } else if (Array.isArray(value) && value.every(isPlain)) {
    lines.push({ label, value: value.length === 0 ? null : value.join(', ') })
  } else if (path.length >= DEEPEST) {
    lines.push({ label, value: JSON.stringify(value) })
  } else if (isRecord(value) && isChange(value) && isPlain(value.from) && isPlain(value.to)) {
    lines.push({ label, value: value.to, before: value.from })
  } else if (Array.isArray(value)) {
    value.forEach((one, index) => walk(one, [...path, String(index + 1)], lines))
  } else if (isRecord(value)) {
    const names = Object.keys(value)
    if (names.length === 0) lines.push({ label, value: null })
    for (const name of names) walk(value[name], [...path, words(name)], lines)
  }
}

export function detailLines(detail: Json): Line[] {
  if (isRecord(detail) && Object.keys(detail).length === 0) return []
  const lines: Line[] = []
  walk(detail, [], lines)
  return lines
}

export function isInstant(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(value)
}
