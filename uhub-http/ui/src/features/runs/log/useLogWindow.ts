import { computed, nextTick, onBeforeUnmount, onMounted, ref, shallowRef, watch, type Ref, type ShallowRef } from 'vue'
import { Layout } from './layout'
import type { Match } from './search'
import type { LineStore } from './store'
import { afterScroll, at, barHeight, HIGHEST, visibleRows, type Extent, type Viewport } from './viewport'

export const ROW = 20
/** After so long without a movement the bar is put where it belongs. */
const REST_MS = 160

interface Options {
  store: ShallowRef<LineStore>
  version: Ref<number>
  wrap: Ref<boolean>
  /** Pixels beside the text. */
  gutter: Ref<number>
  /** Whether to begin at the end: a finished log is read from its beginning, a growing one where it grows. */
  follows: boolean
  scroller: Ref<HTMLElement | null>
  /** An element with the width of 100 characters. */
  probe: Ref<HTMLElement | null>
}

/** The part of a log that is seen: what is in the page stays a few dozen rows, whatever the log's length. */
export function useLogWindow({ store, version, wrap, gutter, follows, scroller, probe }: Options) {
  const size = ref({ width: 800, height: 400 })
  const character = ref(7.5)
  const viewport = shallowRef<Viewport>({ bar: 0, top: 0 })
  const isFollowing = ref(follows)
  let rest: ReturnType<typeof setTimeout> | null = null
  let observer: ResizeObserver | null = null

  const columns = computed(() => (wrap.value ? Math.max(20, Math.floor((size.value.width - gutter.value) / character.value)) : 0))
  const layout = computed(() => new Layout(store.value, columns.value))
  const rows = computed(() => (version.value, layout.value.rows))
  const extent = computed<Extent>(() => ({ content: rows.value * ROW, view: size.value.height }))
  const shown = computed(() => visibleRows(viewport.value, extent.value, rows.value, ROW))

  function measure(): void {
    if (!scroller.value) return
    const { clientWidth: width, clientHeight: height } = scroller.value
    if (width !== size.value.width || height !== size.value.height) size.value = { width, height }
  }

  function measureCharacter(): void {
    const width = probe.value?.getBoundingClientRect().width ?? 0
    if (width > 0) character.value = width / 100
  }

  async function goTo(top: number): Promise<void> {
    viewport.value = at(top, extent.value)
    await nextTick()
    if (scroller.value) scroller.value.scrollTop = viewport.value.bar
  }

  function follow(): void {
    isFollowing.value = true
    void goTo(extent.value.content)
  }

  function onScroll(): void {
    if (!scroller.value) return
    // A frame tells of scrolling before it tells of sizes.
    measure()
    const { scrollTop: bar, clientHeight, scrollHeight } = scroller.value
    // One's own movement, rounded by the browser.
    if (Math.abs(bar - viewport.value.bar) < 1.5) return
    viewport.value = afterScroll(viewport.value, bar, extent.value)
    isFollowing.value = bar + clientHeight >= scrollHeight - ROW
    if (extent.value.content <= HIGHEST) return
    if (rest !== null) clearTimeout(rest)
    rest = setTimeout(() => void goTo(viewport.value.top), REST_MS)
  }

  function reveal(match: Match): void {
    isFollowing.value = false
    const top = layout.value.rowOf(match.line, match.from) * ROW
    const { view } = extent.value
    if (top < viewport.value.top + ROW || top > viewport.value.top + view - ROW * 2) void goTo(top - view / 3)
    if (!wrap.value && scroller.value) {
      const x = match.from * character.value
      const { scrollLeft, clientWidth } = scroller.value
      const room = clientWidth - gutter.value - 80
      if (x < scrollLeft || x > scrollLeft + room) scroller.value.scrollLeft = Math.max(0, x - room / 2)
    }
  }

  watch([rows, size], () => {
    if (isFollowing.value || viewport.value.top > extent.value.content) void goTo(extent.value.content)
  }, { flush: 'post' })
  // The same line stays at the top when lines are wrapped another way.
  watch(layout, (_now, before) => {
    const line = before.rowAt(Math.floor(viewport.value.top / ROW)).line
    if (!isFollowing.value) void goTo(layout.value.rowOf(Math.min(line, Math.max(0, store.value.length - 1))) * ROW)
  }, { flush: 'post' })

  onMounted(() => {
    observer = new ResizeObserver(measure)
    if (scroller.value) observer.observe(scroller.value)
    void document.fonts?.ready.then(measureCharacter)
    measureCharacter()
    measure()
  })
  onBeforeUnmount(() => {
    observer?.disconnect()
    if (rest !== null) clearTimeout(rest)
  })

  return {
    layout, rows, shown, isFollowing, follow, onScroll, reveal,
    height: computed(() => barHeight(extent.value)),
    columns,
    topLine: () => layout.value.rowAt(Math.floor(viewport.value.top / ROW)).line,
  }
}
