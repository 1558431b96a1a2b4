import { plainLine } from '@/ui/text'

const MOST = 300

/** An entry's detail in one line: `title: New · planned_start: 2026-11-24T08:00:00Z`. */
export function historyDetail(detail: unknown): string {
  if (typeof detail !== 'object' || detail === null) return detail === null || detail === undefined ? '' : plainLine(String(detail))
  const parts = Object.entries(detail)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${key}: ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
  const line = plainLine(parts.join(' · '))
  return line.length > MOST ? `${line.slice(0, MOST)}…` : line
}
