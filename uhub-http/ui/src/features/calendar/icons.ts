import {
  Ban, CircleCheck, CirclePlay, CircleX, Hourglass, Lock, Plus, Repeat, ShieldCheck, ShieldQuestionMark, Snowflake, TimerOff, TriangleAlert,
} from '@lucide/vue'
import { h, render, type Component } from 'vue'
import type { JobStatus } from '@/api/types'

const drawn = new Map<Component, Map<number, SVGElement>>()

/** An icon as a node, drawn once and copied: events are too many for a component each. */
export function icon(component: Component, size: number, className?: string): SVGElement {
  const sizes = drawn.get(component) ?? new Map<number, SVGElement>()
  drawn.set(component, sizes)
  let first = sizes.get(size)
  if (!first) {
    const box = document.createElement('div')
    render(h(component, { size, 'stroke-width': 2.25, 'aria-hidden': 'true' }), box)
    first = box.firstElementChild?.cloneNode(true) as SVGElement
    render(null, box)
    sizes.set(size, first)
  }
  const copy = first.cloneNode(true) as SVGElement
  if (className) copy.classList.add(className)
  return copy
}

/** Planned is the usual: it has no icon. */
export const STATUS_ICON: Partial<Record<JobStatus, Component>> = {
  awaiting_approval: ShieldQuestionMark,
  approved: ShieldCheck,
  queued: Hourglass,
  running: CirclePlay,
  succeeded: CircleCheck,
  failed: CircleX,
  cancelled: Ban,
  missed: TimerOff,
}

export { Lock, Plus, Repeat, ShieldQuestionMark, Snowflake, TriangleAlert }
