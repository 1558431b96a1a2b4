import type { Page } from '../types'

/** The biggest page that the API gives. */
const PAGE = 500

/** Every item of a list that is short by nature (projects, users, freeze windows), page after page. */
export async function readAll<T>(read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await read({ limit: PAGE, ...(cursor === null ? {} : { cursor }) })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null)
  return items
}

/** The first so many of a list that may be long. `isAll` says whether there are no more. */
export async function readSome<T>(
  most: number,
  read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>,
): Promise<{ items: T[]; isAll: boolean }> {
  const items: T[] = []
  let cursor: string | null = null
  do {
    const page: Page<T> = await read({ limit: Math.min(PAGE, most - items.length), ...(cursor === null ? {} : { cursor }) })
    items.push(...page.items)
    cursor = page.next_cursor
  } while (cursor !== null && items.length < most)
  return { items, isAll: cursor === null }
}
