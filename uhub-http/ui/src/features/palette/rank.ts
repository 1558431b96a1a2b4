import Fuse from 'fuse.js'
import type { Item } from './item'

/** How much better the last used is found; the one before it a little less, and so on. */
const RECENT_BONUS = 0.18
/** Fuse: 0 is the same, 1 is nothing alike. */
const FARTHEST = 0.3

/** Items that match, the best first; what was used lately counts for more. */
export function rank(items: readonly Item[], query: string, recent: readonly string[]): Item[] {
  const wanted = query.trim()
  if (wanted === '') return [...items]
  const fuse = new Fuse(items, {
    keys: [{ name: 'title', weight: 3 }, { name: 'keywords', weight: 1.5 }, { name: 'hint', weight: 0.7 }],
    includeScore: true,
    ignoreLocation: true,
    ignoreDiacritics: true,
    threshold: FARTHEST,
    minMatchCharLength: 1,
  })
  const bonus = (id: string) => {
    const place = recent.indexOf(id)
    return place < 0 ? 0 : RECENT_BONUS * (1 - place / (recent.length + 1))
  }
  return fuse
    .search(wanted)
    .map(({ item, score = 1 }) => ({ item, score: score - bonus(item.id) - beginning(item.title, wanted) }))
    .sort((a, b) => a.score - b.score)
    .map(({ item }) => item)
}

/** Words that begin with what is typed come before those that hold it somewhere. */
function beginning(title: string, wanted: string): number {
  const [text, start] = [title.toLocaleLowerCase(), wanted.toLocaleLowerCase()]
  if (text.startsWith(start)) return 0.2
  return text.split(/[^\p{L}\p{N}]+/u).some((word) => word.startsWith(start)) ? 0.1 : 0
}

export interface Group {
  name: string
  items: Item[]
}

/** In groups, in the order of the best of each; without order where nothing was typed. */
export function grouped(items: readonly Item[]): Group[] {
  const groups = new Map<string, Item[]>()
  for (const item of items) groups.set(item.group, [...(groups.get(item.group) ?? []), item])
  return [...groups].map(([name, all]) => ({ name, items: all }))
}
