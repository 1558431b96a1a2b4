import { onScopeDispose, shallowRef } from 'vue'
import { holdBlur } from '@/ui/blur'
import type { Item, Slot } from '@/features/calendar/model'
import type { Zone } from '@/features/calendar/zone'
import { dragged, drawn, type Handle } from './dragging'
import type { Axis } from './scale'

/** Before these pixels a press is a click. */
const THRESHOLD = 4

interface Options {
  axis: () => Axis
  snap: () => number
  zone: () => Zone
  start: (item: Item) => void
  over: (item: Item, slot: Slot) => void
  end: () => void
  drop: (item: Item, slot: Slot) => void
  /** A span was drawn on the empty track of a group. */
  draw: (group: string, slot: Slot, at: { x: number; y: number }) => void
}

export interface Draft {
  id: string
  slot: Slot
}

/** Drags along time by the pointer: jobs, their ends, and new spans on the empty track. */
export function useTrackDrag(options: Options) {
  /** Where the dragged job is. */
  const draft = shallowRef<Draft | null>(null)
  const drawing = shallowRef<{ group: string; slot: Slot } | null>(null)
  let stop: (() => void) | null = null
  /** A click follows the drop; it opens nothing. */
  let wasDragged = false

  function follow(event: PointerEvent, moved: (by: number, event: PointerEvent) => void, done: (isDone: boolean, event: PointerEvent | null) => void): void {
    const track = (event.currentTarget as Element).closest('.track')
    if (!(track instanceof HTMLElement)) return
    const { width } = track.getBoundingClientRect()
    const { start, end } = options.axis()
    const perPixel = (end - start) / width
    const from = event.clientX
    let release: (() => void) | null = null
    let frame = 0
    let last: PointerEvent = event

    const move = (next: PointerEvent) => {
      last = next
      if (release === null) {
        if (Math.abs(next.clientX - from) < THRESHOLD) return
        release = holdBlur()
      }
      if (frame === 0) {
        frame = requestAnimationFrame(() => {
          frame = 0
          moved((last.clientX - from) * perPixel, last)
        })
      }
    }
    const finish = (isDone: boolean, at: PointerEvent | null) => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', up)
      window.removeEventListener('pointercancel', cancel)
      window.removeEventListener('keydown', key, true)
      cancelAnimationFrame(frame)
      const wasMoved = release !== null
      release?.()
      stop = null
      if (isDone && wasMoved && at) moved((at.clientX - from) * perPixel, at)
      wasDragged = wasMoved
      if (wasMoved) setTimeout(() => (wasDragged = false))
      done(isDone && wasMoved, at)
    }
    const up = (at: PointerEvent) => finish(true, at)
    const cancel = () => finish(false, null)
    const key = (pressed: KeyboardEvent) => {
      if (pressed.key !== 'Escape') return
      pressed.stopPropagation()
      cancel()
    }
    stop = cancel
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', up)
    window.addEventListener('pointercancel', cancel)
    window.addEventListener('keydown', key, true)
  }

  /** A press on a job or on one of its ends. By touch the page scrolls: there is the dialog. */
  function grab(event: PointerEvent, item: Item, handle: Handle): void {
    if (event.button !== 0 || event.pointerType === 'touch' || !item.editable) return
    event.stopPropagation()
    let slot: Slot = item
    let isStarted = false
    follow(event, (by) => {
      if (!isStarted) {
        isStarted = true
        options.start(item)
      }
      slot = dragged({ start: item.start, end: item.end, allDay: item.allDay }, handle, by, options.snap(), options.zone())
      draft.value = { id: item.id, slot }
      options.over(item, slot)
    }, (isDone) => {
      draft.value = null
      options.end()
      if (isDone) options.drop(item, slot)
    })
  }

  /** A press on the empty track. */
  function sketch(event: PointerEvent, group: string): void {
    if (event.button !== 0 || event.pointerType === 'touch') return
    const track = event.currentTarget as HTMLElement
    const { left, width } = track.getBoundingClientRect()
    const { start, end } = options.axis()
    const from = start + ((event.clientX - left) / width) * (end - start)
    follow(event, (by) => (drawing.value = { group, slot: drawn(from, from + by, options.snap()) }), (isDone, at) => {
      const slot = drawing.value?.slot
      drawing.value = null
      if (isDone && slot && at) options.draw(group, slot, { x: at.clientX, y: at.clientY })
    })
  }

  onScopeDispose(() => stop?.())
  return { draft, drawing, grab, sketch, wasDragged: () => wasDragged }
}
