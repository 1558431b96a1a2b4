import type { ColorMode } from './filters'
import type { Item } from './model'

export interface LegendEntry {
  /** A project's id, a type or a status. */
  key: string
  /** Name of the project; types and statuses are named by the messages. */
  name: string | null
  color: string
  count: number
}

/** What the colours in view mean, most frequent first. */
export function legendOf(items: readonly Item[], mode: ColorMode): LegendEntry[] {
  const entries = new Map<string, LegendEntry>()
  for (const item of items) {
    const key = mode === 'project' ? item.projectId : mode === 'type' ? item.type : item.status
    const known = entries.get(key)
    if (known) known.count += 1
    else entries.set(key, { key, name: mode === 'project' ? item.projectName : null, color: item.color, count: 1 })
  }
  return [...entries.values()].sort((a, b) => b.count - a.count || (a.name ?? a.key).localeCompare(b.name ?? b.key))
}
