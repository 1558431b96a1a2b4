import type { Item } from './model'
import { daysOf } from './model'
import { createZone } from './zone'

export const PARIS = createZone('Europe/Paris')

let count = 0

/** A job for tests: from one local time to another (`2026-11-24 09:00`), or whole days (`2026-11-24`). */
export function item(from: string, to: string, more: Partial<Item> = {}): Item {
  const at = (text: string) => {
    const [day = '', time] = text.split(' ')
    const [hours = 0, minutes = 0] = (time ?? '00:00').split(':').map(Number)
    return PARIS.at(day, hours * 60 + minutes)
  }
  count += 1
  const slot = { start: at(from), end: at(to) }
  return {
    id: `job-${String(count).padStart(4, '0')}`,
    title: `Job ${count}`,
    ...slot,
    allDay: !from.includes(' '),
    ...daysOf(slot, PARIS),
    color: '#00ff00',
    editable: true,
    projectId: 'p1',
    projectName: 'Atlas',
    type: 'ops',
    environment: 'staging',
    tier: 'staging',
    status: 'planned',
    critical: true,
    conflict: false,
    conflictsWith: [],
    frozenBy: null,
    needsApproval: false,
    assigneeId: null,
    seriesId: null,
    version: 1,
    pending: null,
    ...more,
  }
}
