import { computed, onBeforeUnmount, onMounted, shallowRef, type Ref } from 'vue'
import { whenIdle } from './idle'

/** As many more on either side, for who scrolls or goes on by keys. */
const MORE = 12
/** What is above and below a box that fills its page, at the least: how high it is can only be measured once it is there. */
const AROUND = 260

/** Where rows of these heights begin, one below the other; the last entry is where all of them end. */
export function startsOf(heights: readonly number[]): number[] {
  let end = 0
  return [0, ...heights.map((height) => (end += height))]
}

/** Which rows, `[first, end)`, touch `[top, bottom)`. */
export function rowsWithin(starts: readonly number[], top: number, bottom: number): { first: number; end: number } {
  const count = starts.length - 1
  let first = 0
  let past = count
  while (first < past) {
    const middle = (first + past) >> 1
    if ((starts[middle + 1] ?? 0) <= top) first = middle + 1
    else past = middle
  }
  let end = first
  while (end < count && (starts[end] ?? 0) < bottom) end += 1
  return { first, end }
}

/**
 * Of many rows of known height, those near what is seen of the box that scrolls them. It begins at `from`, with the rows that
 * are likely to be seen and no more: the others come when the first are there.
 */
export function useRowWindow(box: Readonly<Ref<HTMLElement | null>>, heights: () => readonly number[], from: number) {
  const starts = computed(() => startsOf(heights()))
  const top = shallowRef(starts.value[from] ?? 0)
  const height = shallowRef(Math.max(window.innerHeight - AROUND, 0))
  const more = shallowRef(0)
  let sizes: ResizeObserver | undefined

  const seen = computed(() => {
    const { first, end } = rowsWithin(starts.value, top.value, top.value + height.value)
    const last = Math.min(end + more.value, starts.value.length - 1)
    const begin = Math.max(first - more.value, 0)
    return Array.from({ length: last - begin }, (_, offset) => begin + offset)
  })

  function scrolled(): void {
    if (box.value) top.value = box.value.scrollTop
  }

  onMounted(() => {
    const element = box.value
    if (!element) return
    element.addEventListener('scroll', scrolled, { passive: true })
    // In the frame that shows the rows: it is laid out there anyhow.
    if (top.value > 0) requestAnimationFrame(() => (element.scrollTop = top.value))
    whenIdle(() => {
      more.value = MORE
      sizes?.observe(element)
    })
    sizes = new ResizeObserver(() => (height.value = element.clientHeight))
  })
  onBeforeUnmount(() => {
    sizes?.disconnect()
    sizes = undefined
  })

  return { starts, seen, total: computed(() => starts.value.at(-1) ?? 0) }
}
