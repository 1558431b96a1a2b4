import { shallowRef, type Directive } from 'vue'

export type Side = 'top' | 'right' | 'bottom' | 'left'

export interface Tooltip {
  text: string
  shortcut?: string | undefined
  side?: Side
}

const tooltips = new WeakMap<Element, Tooltip>()

/** The one that is shown, and for what: `UTooltips` shows it. */
export const shownTooltip = shallowRef<{ element: HTMLElement; tooltip: Tooltip } | null>(null)

function keep(element: HTMLElement, tooltip: Tooltip | null): void {
  if (tooltip) tooltips.set(element, tooltip)
  else tooltips.delete(element)
  if (shownTooltip.value?.element === element) shownTooltip.value = tooltip && { element, tooltip }
}

/**
 * What is told of an element while somebody points at it or is at it by keys; nothing with `null`. An element costs an entry in a
 * table, not a component: there is one tooltip for all of them.
 */
export const vTooltip: Directive<HTMLElement, Tooltip | null> = {
  mounted: (element, { value }) => keep(element, value),
  updated: (element, { value }) => keep(element, value),
  unmounted: (element) => keep(element, null),
}

/** The element with a tooltip at or around `target`. */
export function tooltipAt(target: EventTarget | null): { element: HTMLElement; tooltip: Tooltip } | null {
  for (let element = target instanceof Element ? target : null; element; element = element.parentElement) {
    const tooltip = tooltips.get(element)
    if (tooltip && element instanceof HTMLElement) return { element, tooltip }
  }
  return null
}

interface Box {
  width: number
  height: number
}

/** From what it is about, and from the edges of the window. */
const GAP = 6
const MARGIN = 8
const OPPOSITE: Record<Side, Side> = { top: 'bottom', bottom: 'top', left: 'right', right: 'left' }

/** Where a box goes: on that side of an element, or on the other where there is no room, and always within the window. */
export function place(at: DOMRectReadOnly, box: Box, side: Side, window: Box): { x: number; y: number } {
  const room: Record<Side, number> = { top: at.top, bottom: window.height - at.bottom, left: at.left, right: window.width - at.right }
  const isBeside = side === 'left' || side === 'right'
  const needed = (isBeside ? box.width : box.height) + GAP + MARGIN
  const other = OPPOSITE[side]
  const chosen = room[side] < needed && room[other] > room[side] ? other : side
  const wanted = isBeside
    ? { x: chosen === 'right' ? at.right + GAP : at.left - GAP - box.width, y: at.top + (at.height - box.height) / 2 }
    : { x: at.left + (at.width - box.width) / 2, y: chosen === 'bottom' ? at.bottom + GAP : at.top - GAP - box.height }
  const within = (value: number, size: number, all: number) => Math.round(Math.max(MARGIN, Math.min(value, all - size - MARGIN)))
  return { x: within(wanted.x, box.width, window.width), y: within(wanted.y, box.height, window.height) }
}
