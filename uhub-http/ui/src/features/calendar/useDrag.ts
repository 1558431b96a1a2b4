import { onScopeDispose, shallowRef } from 'vue'
import { tryJobPatch } from '@/api/queries/jobs'
import type { Item, Slot } from './model'
import { sameSlot } from './moves'
import { createProbe, slotKey, slotPatch, verdictOf, verdictOfError, type Verdict } from './verdict'

export interface Dragged {
  item: Item
  slot: Slot
  verdict: Verdict | null
}

/** What is dragged, where it is, and what the hub says of that place. */
export function useDrag() {
  const dragged = shallowRef<Dragged | null>(null)
  let item: Item | null = null

  const probe = createProbe(
    (slot: Slot, signal) => {
      if (!item) return Promise.reject(new Error('nothing is dragged'))
      return tryJobPatch({ id: item.id, version: item.version, patch: slotPatch(slot) }, signal).then(verdictOf, verdictOfError)
    },
    (slot, verdict) => {
      if (item) dragged.value = { item, slot, verdict }
    },
    slotKey,
  )

  function end(): void {
    probe.end()
    item = null
    dragged.value = null
  }
  onScopeDispose(end)

  return {
    dragged,
    start: (next: Item) => (item = next),
    over(of: Item, slot: Slot) {
      if (item?.id !== of.id) return
      // Where it came from there is nothing to say.
      if (sameSlot(of, slot)) dragged.value = null
      else probe.over(slot)
    },
    end,
  }
}
