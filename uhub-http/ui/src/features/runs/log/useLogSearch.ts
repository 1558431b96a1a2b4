import { computed, onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { LogSearch, type Match } from './search'
import type { LineStore } from './store'

const TYPING_MS = 160

/** Finds in a log while it grows and while somebody types. `reveal` brings a match into view. */
export function useLogSearch(store: ShallowRef<LineStore>, version: Ref<number>, reveal: (match: Match) => void, topLine: () => number) {
  const query = ref('')
  const search = shallowRef<LogSearch | null>(null)
  const found = ref(0)
  const current = ref(-1)
  let typing: ReturnType<typeof setTimeout> | null = null
  let working: ReturnType<typeof setTimeout> | null = null

  function work(): void {
    working = null
    if (search.value === null) return
    const goesOn = search.value.step()
    found.value = search.value.count
    if (current.value < 0 && found.value > 0) go(search.value.nearest(topLine()))
    if (goesOn) workSoon()
  }
  function workSoon(): void {
    working ??= setTimeout(work)
  }

  function begin(): void {
    search.value = query.value === '' ? null : new LogSearch(store.value, query.value)
    found.value = 0
    current.value = -1
    workSoon()
  }

  function go(index: number): void {
    if (found.value === 0) return
    current.value = (index + found.value) % found.value
    const match = search.value?.match(current.value)
    if (match) reveal(match)
  }

  watch(query, () => {
    if (typing !== null) clearTimeout(typing)
    typing = setTimeout(begin, TYPING_MS)
  })
  watch(store, begin)
  watch(version, workSoon)
  onScopeDispose(() => {
    for (const timer of [typing, working]) if (timer !== null) clearTimeout(timer)
  })

  return {
    query,
    count: found,
    current,
    isFull: computed(() => found.value > 0 && (search.value?.isFull ?? false)),
    currentMatch: computed(() => (found.value > 0 ? (search.value?.match(current.value) ?? null) : null)),
    inLine: (line: number): Match[] => (found.value > 0 ? (search.value?.inLine(line) ?? []) : []),
    next: () => go(current.value + 1),
    previous: () => go(current.value - 1),
  }
}
