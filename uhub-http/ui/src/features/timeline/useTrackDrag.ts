import { onScopeDispose, shallowRef } from 'vue'
import { holdBlur } from '@/ui/blur'
import type { Item, Slot } from '@/features/calendar/model'
import type { Zone } from '@/features/calendar/zone'
import { dragged, drawn, type Handle } from './dragging'
import type { Axis } from './scale'

/** Before these pixels a press is a click. */
const THRESHOLD = 4
/** A finger that rests for so long lifts the job; one that goes so far before scrolls. Milliseconds, pixels. */
const HOLD = 350
const SLACK = 10
/** So near to its edge the timeline scrolls along, by so much a frame. Pixels. */
const EDGE = 28
const SCROLL = 7

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
  /** A finger has lifted a job. */
  const isLifted = shallowRef(false)
  const drawing = shallowRef<{ group: string; slot: Slot } | null>(null)
  let stop: (() => void) | null = null
  /** A click follows the drop; it opens nothing. */
  let wasDragged = false

  function follow(
    { track, clientX: from, lifted }: { track: HTMLElement; clientX: number; lifted: boolean },
    moved: (by: number) => void, done: (isDone: boolean, event: PointerEvent | null) => void,
  ): void {
    const box = track.closest('.timeline')
    const scrolled = box?.scrollLeft ?? 0
    const { width } = track.getBoundingClientRect()
    const { start, end } = options.axis()
    const perPixel = (end - start) / width
    let release = lifted ? holdBlur() : null
    let frame = 0
    let at = from

    const by = () => (at - from + (box?.scrollLeft ?? 0) - scrolled) * perPixel
    const draw = () => {
      frame = 0
      const turn = edgeScroll(box, track, at)
      if (box && turn !== 0) {
        box.scrollLeft += turn
        frame = requestAnimationFrame(draw)
      }
      moved(by())
    }
    const move = (next: PointerEvent) => {
      at = next.clientX
      if (release === null) {
        if (Math.abs(at - from) < THRESHOLD) return
        release = holdBlur()
      }
      if (frame === 0) frame = requestAnimationFrame(draw)
    }
    const finish = (isDone: boolean, event: PointerEvent | null) => {
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', up)
      window.removeEventListener('pointercancel', cancel)
      window.removeEventListener('keydown', key, true)
      cancelAnimationFrame(frame)
      const wasMoved = release !== null
      release?.()
      stop = null
      if (isDone && wasMoved && event) {
        at = event.clientX
        moved(by())
      }
      wasDragged = wasMoved
      if (wasMoved) setTimeout(() => (wasDragged = false))
      done(isDone && wasMoved, event)
    }
    const up = (event: PointerEvent) => finish(true, event)
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

  /** Waits whether a finger rests where it is. */
  function hold(event: PointerEvent, then: () => void): void {
    stop?.()
    const end = () => {
      clearTimeout(timer)
      window.removeEventListener('pointermove', move)
      window.removeEventListener('pointerup', end)
      window.removeEventListener('pointercancel', end)
      stop = null
    }
    const move = (next: PointerEvent) => {
      if (Math.hypot(next.clientX - event.clientX, next.clientY - event.clientY) > SLACK) end()
    }
    const timer = setTimeout(() => {
      end()
      then()
    }, HOLD)
    stop = end
    window.addEventListener('pointermove', move)
    window.addEventListener('pointerup', end)
    window.addEventListener('pointercancel', end)
  }

  /** A press on a job or on one of its ends. By touch the page scrolls, unless the finger rests first: then the job is lifted. */
  function grab(event: PointerEvent, item: Item, handle: Handle): void {
    const track = (event.currentTarget as Element).closest('.track')
    if (event.button !== 0 || !item.editable || !(track instanceof HTMLElement)) return
    event.stopPropagation()
    const { clientX } = event
    if (event.pointerType !== 'touch') return carry({ track, clientX, lifted: false }, item, handle)
    hold(event, () => {
      isLifted.value = true
      navigator.vibrate?.(10)
      carry({ track, clientX, lifted: true }, item, 'move')
    })
  }

  function carry(from: { track: HTMLElement; clientX: number; lifted: boolean }, item: Item, handle: Handle): void {
    let slot: Slot = item
    let isStarted = false
    const to = (by: number) => {
      if (!isStarted) {
        isStarted = true
        options.start(item)
      }
      slot = dragged({ start: item.start, end: item.end, allDay: item.allDay }, handle, by, options.snap(), options.zone())
      draft.value = { id: item.id, slot }
      options.over(item, slot)
    }
    follow(from, to, (isDone) => {
      draft.value = null
      isLifted.value = false
      options.end()
      if (isDone) options.drop(item, slot)
    })
    // Seen to be in the hand before it is moved.
    if (from.lifted) to(0)
  }

  /** While a job is lifted, neither does the page scroll nor a menu open under the finger. */
  function still(event: Event): void {
    if (isLifted.value && event.cancelable) event.preventDefault()
  }

  /** A press on the empty track. */
  function sketch(event: PointerEvent, group: string): void {
    if (event.button !== 0 || event.pointerType === 'touch') return
    const track = event.currentTarget as HTMLElement
    const { left, width } = track.getBoundingClientRect()
    const { start, end } = options.axis()
    const from = start + ((event.clientX - left) / width) * (end - start)
    follow({ track, clientX: event.clientX, lifted: false }, (by) => (drawing.value = { group, slot: drawn(from, from + by, options.snap()) }), (isDone, at) => {
      const slot = drawing.value?.slot
      drawing.value = null
      if (isDone && slot && at) options.draw(group, slot, { x: at.clientX, y: at.clientY })
    })
  }

  onScopeDispose(() => stop?.())
  return { draft, drawing, isLifted, grab, still, sketch, wasDragged: () => wasDragged }
}

/** How far the timeline scrolls, with the pointer near an edge of what is seen of its tracks. */
function edgeScroll(box: Element | null, track: HTMLElement, x: number): number {
  if (!box) return 0
  const { left, right } = box.getBoundingClientRect()
  const label = track.previousElementSibling?.clientWidth ?? 0
  if (x > right - EDGE) return SCROLL
  return x < left + label + EDGE && x > left ? -SCROLL : 0
}
