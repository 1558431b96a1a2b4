import { onScopeDispose, shallowRef } from 'vue'
import type { Item, Slot } from '@/features/calendar/model'
import type { Zone } from '@/features/calendar/zone'
import { dragged } from './dragging'
import type { Draft } from './useTrackDrag'

interface Options {
  item: (id: string) => Item | undefined
  snap: () => number
  zone: () => Zone
  start: (item: Item) => void
  over: (item: Item, slot: Slot) => void
  end: () => void
  drop: (item: Item, slot: Slot) => void
}

const DAY = 86_400_000

/**
 * Keys of the timeline. Arrows go from job to job, with Shift they carry the job along; Enter drops it, Escape puts it back.
 */
export function useKeyMove(options: Options) {
  const draft = shallowRef<Draft | null>(null)
  let carried: Item | null = null

  function end(): void {
    carried = null
    draft.value = null
    options.end()
  }

  function carry(item: Item, direction: 1 | -1): void {
    if (!item.editable) return
    if (carried?.id !== item.id) {
      if (carried) end()
      carried = item
      options.start(item)
    }
    const from = draft.value?.slot ?? { start: item.start, end: item.end, allDay: item.allDay }
    const slot = dragged(from, 'move', direction * (from.allDay ? DAY : options.snap()), options.snap(), options.zone())
    draft.value = { id: item.id, slot }
    options.over(item, slot)
  }

  /** The job beside, or the nearest in time in the row above or below. */
  function walk(from: HTMLElement, key: string): void {
    const row = from.closest('.track')
    const root = from.closest('.timeline')
    if (!row || !root) return
    const bars = (of: Element) => [...of.querySelectorAll<HTMLElement>('[data-job]')]
    if (key === 'ArrowLeft' || key === 'ArrowRight') {
      const all = bars(row)
      all[all.indexOf(from) + (key === 'ArrowRight' ? 1 : -1)]?.focus()
      return
    }
    const rows = [...root.querySelectorAll('.track')].filter((one) => one === row || bars(one).length > 0)
    const next = rows[rows.indexOf(row) + (key === 'ArrowDown' ? 1 : -1)]
    if (!next) return
    const { left } = from.getBoundingClientRect()
    const distance = (bar: HTMLElement) => Math.abs(bar.getBoundingClientRect().left - left)
    bars(next).reduce<HTMLElement | null>((best, bar) => (best === null || distance(bar) < distance(best) ? bar : best), null)?.focus()
  }

  function press(event: KeyboardEvent): void {
    const { target, key } = event
    if (!(target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return
    const id = target.dataset['job']
    if (id === undefined) return
    if (carried && (key === 'Enter' || key === ' ' || key === 'Escape' || key === 'Tab')) {
      const slot = draft.value?.slot
      const item = carried
      end()
      if (key !== 'Tab') event.preventDefault()
      if (slot && (key === 'Enter' || key === ' ')) options.drop(item, slot)
      return
    }
    if (!key.startsWith('Arrow')) return
    event.preventDefault()
    if (event.shiftKey && (key === 'ArrowLeft' || key === 'ArrowRight')) {
      const item = options.item(id)
      if (item) carry(item, key === 'ArrowRight' ? 1 : -1)
    } else if (!carried) walk(target, key)
  }

  onScopeDispose(() => carried && end())
  return { draft, press }
}
