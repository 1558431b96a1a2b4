import { CalendarPlus, CalendarX, CirclePlay, PencilLine, Siren } from '@lucide/vue'
import type { Component } from 'vue'
import type { Approval } from '@/api/types'

export const KIND_ICON: Record<Approval['kind'], Component> = {
  create: CalendarPlus, edit: PencilLine, cancel: CalendarX, run: CirclePlay, break_glass: Siren,
}

/** It goes past a freeze window: whoever decides has to see that first. */
export function breaksGlass(approval: Approval): boolean {
  return approval.kind === 'break_glass' || approval.change?.break_glass === true
}
