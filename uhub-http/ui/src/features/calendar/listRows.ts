import type { Item } from './model'

export type ListRow =
  | { kind: 'day'; key: string; day: string; count: number }
  | { kind: 'item'; key: string; day: string; item: Item }

/** Days with what they hold, as rows one below the other. */
export function listRows(days: ReadonlyMap<string, readonly Item[]>, isPlain: boolean): ListRow[] {
  return [...days.keys()].sort().flatMap((day): ListRow[] => {
    const items = days.get(day) ?? []
    const rows = items.map((item): ListRow => ({ kind: 'item', key: `${day}:${item.id}`, day, item }))
    return isPlain ? rows : [{ kind: 'day', key: day, day, count: items.length }, ...rows]
  })
}
