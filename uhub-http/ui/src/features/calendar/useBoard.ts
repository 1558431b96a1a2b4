import { computed, shallowRef, watch, type Ref } from 'vue'
import { useI18n } from '@/i18n'
import { useNow, useTime } from '@/ui/useTime'
import { atElement, type Anchor } from './anchor'
import type { Shown } from './filters'
import { legendOf } from './legend'
import type { Item, Slot } from './model'
import { overlay } from './moves'
import { titleOf, type Days } from './range'
import { useCalendarFeed, useZone } from './useCalendarFeed'
import { useDrag } from './useDrag'
import { useMoves } from './useMoves'
import { usePanels } from './usePanels'
import { createWords } from './words'

/** What calendar and timeline have in common: jobs with the moves over them, what is dragged, and what is open. */
export function useBoard(shown: Ref<Shown>, daysOf: (day: string) => Days, root: Readonly<Ref<HTMLElement | null>>) {
  const { t } = useI18n()
  const { context } = useTime()
  const now = useNow(30)
  const zone = useZone()
  const today = computed(() => zone.value.dayOf(now.value.getTime()))
  const day = computed(() => shown.value.day ?? today.value)
  const days = computed(() => daysOf(day.value))
  const feed = useCalendarFeed(() => ({ days: days.value, color: shown.value.color, filters: shown.value.filters }), zone)
  const { moves, move } = useMoves(feed.all)
  const items = computed(() => overlay(feed.items.value, moves.value, zone.value))
  const words = computed(() => createWords(t, context.value, () => feed.byId.value, () => feed.freezes.value))
  const panels = usePanels(() => items.value)
  const drag = useDrag()
  const isDragging = shallowRef(false)
  const isReady = shallowRef(false)
  watch([feed.isLoading, feed.error], ([isLoading, error]) => {
    if (!isLoading && !error) isReady.value = true
  }, { immediate: true })

  /** Beside a job's element, or the one that has taken its place. */
  function anchorOf(id: string, element: HTMLElement): Anchor {
    return atElement(element, () => root.value?.querySelector<HTMLElement>(`[data-job="${CSS.escape(id)}"]`) ?? null)
  }

  return {
    now,
    zone,
    today,
    day,
    days,
    feed,
    items,
    words,
    panels,
    drag,
    isDragging,
    isReady,
    move: (item: Item, slot: Slot) => void move(item, slot),
    legend: computed(() => legendOf(items.value, feed.colored.value)),
    conflicts: computed(() => items.value.filter((item) => item.conflict).length),
    isToday: computed(() => today.value >= days.value.from && today.value < days.value.to),
    dayName: (of: string) => titleOf('day', of, context.value.locale),
    open: (item: Item, element: HTMLElement) => panels.open(item.id, anchorOf(item.id, element)),

    dragStart(item: Item) {
      isDragging.value = true
      drag.start(item)
    },
    dragEnd() {
      isDragging.value = false
      drag.end()
    },

    /** A new job, at nine on the day that is looked at. */
    createAt(element: HTMLElement) {
      const at = days.value.from <= today.value && today.value < days.value.to && day.value < today.value ? today.value : day.value
      const start = zone.value.at(at, 9 * 60)
      panels.create({ slot: { start, end: start + 3_600_000, allDay: false } }, atElement(element))
    },

    /** `M` on a job: the dialog in which it is moved by keys. */
    press(event: KeyboardEvent) {
      if (event.key.toLowerCase() !== 'm' || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      const id = target instanceof HTMLElement ? target.dataset['job'] : undefined
      const item = items.value.find((one) => one.id === id)
      if (!item?.editable || !(target instanceof HTMLElement)) return
      event.preventDefault()
      panels.move(item.id, anchorOf(item.id, target))
    },
  }
}

export type Board = ReturnType<typeof useBoard>
