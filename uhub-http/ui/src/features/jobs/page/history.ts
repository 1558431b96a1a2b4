import { plainLine } from '@/ui/text'

const MOST = 300

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * An entry's detail in one line: `title: New · slot: Tue 24 Nov, 09:00 – 10:00`. `slot` says a slot in the reader's words.
 */
export function historyDetail(detail: unknown, slot: (start: string, end: string) => string): string {
  function said(value: unknown): string {
    if (!isRecord(value)) return Array.isArray(value) ? value.map(said).join(', ') : String(value)
    const { start, end } = value
    if (typeof start === 'string' && typeof end === 'string') return slot(start, end)
    return Object.entries(value)
      .filter(([, inner]) => inner !== null && inner !== undefined && inner !== '' && !(isRecord(inner) && Object.keys(inner).length === 0))
      .map(([key, inner]) => `${key.replaceAll('_', ' ')}: ${said(inner)}`)
      .join(' · ')
  }
  const line = detail === null || detail === undefined ? '' : plainLine(said(detail))
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line
}
