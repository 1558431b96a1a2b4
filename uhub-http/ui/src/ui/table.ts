export interface Column<K extends string = string> {
  key: K
  label: string
  sortable?: boolean
  align?: 'start' | 'end'
  /** The label is for assistive technology alone (a column of buttons). */
  hideLabel?: boolean
  /** What names a row, where rows are drawn as cards: the first column, if none is. */
  lead?: boolean
}

export interface Sort<K extends string = string> {
  key: K
  direction: 'asc' | 'desc'
}

/** What a press on a column's head makes of the order. */
export function nextSort<K extends string>(now: Sort<K> | null, key: K): Sort<K> {
  return { key, direction: now?.key === key && now.direction === 'asc' ? 'desc' : 'asc' }
}

/** Sorted by a value of each row: numbers by size, texts as the language orders them. */
export function sorted<T, K extends string>(rows: readonly T[], sort: Sort<K> | null, value: (row: T, key: K) => string | number): T[] {
  if (sort === null) return [...rows]
  const sign = sort.direction === 'asc' ? 1 : -1
  return [...rows].sort((one, other) => {
    const [a, b] = [value(one, sort.key), value(other, sort.key)]
    const order = typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b), undefined, { numeric: true })
    return sign * order
  })
}
