import { computed, shallowRef } from 'vue'
import { atPoint, type Anchor } from './anchor'
import type { Item, Slot } from './model'

/** What is open over the calendar: one thing at a time. Jobs are kept by id, so that what is open stays true. */
export type Panel =
  | { kind: 'job'; id: string; anchor: Anchor }
  | { kind: 'move'; id: string; anchor: Anchor }
  | { kind: 'day'; day: string; anchor: Anchor }
  | { kind: 'create'; start: Start; anchor: Anchor }

/** What is known of a job that is about to be planned. */
export interface Start {
  slot: Slot
  projectId?: string
  environment?: string
}

export function usePanels(items: () => readonly Item[]) {
  const panel = shallowRef<Panel | null>(null)
  const middle = () => atPoint(innerWidth / 2, innerHeight / 2)

  return {
    panel,
    /** The job that it is about, as it is now; `null` once it is not in view any more. */
    item: computed(() => {
      const open = panel.value
      return open && 'id' in open ? (items().find(({ id }) => id === open.id) ?? null) : null
    }),
    creating: computed(() => (panel.value?.kind === 'create' ? panel.value : null)),
    isAnyOpen: computed(() => panel.value !== null),
    open: (id: string, anchor: Anchor) => (panel.value = { kind: 'job', id, anchor }),
    move: (id: string, anchor: Anchor = panel.value?.anchor ?? middle()) => (panel.value = { kind: 'move', id, anchor }),
    openDay: (day: string, anchor: Anchor) => (panel.value = { kind: 'day', day, anchor }),
    create: (start: Start, anchor: Anchor) => (panel.value = { kind: 'create', start, anchor }),
    close(kind: Panel['kind']) {
      if (panel.value?.kind !== kind) return
      const { anchor } = panel.value
      panel.value = null
      // A dialog gives the focus back to nothing: it was opened by a key on a job.
      if (kind === 'move') requestAnimationFrame(() => anchor.focus?.())
    },
  }
}

export type Panels = ReturnType<typeof usePanels>
