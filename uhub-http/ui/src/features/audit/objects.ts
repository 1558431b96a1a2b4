import type { RouteLocationRaw, Router } from 'vue-router'
import type { AuditItem } from '@/api/types'

/** Where the thing that an entry is about can be seen. */
export function placeOf({ object_kind: kind, object_id: id }: Pick<AuditItem, 'object_kind' | 'object_id'>, router: Pick<Router, 'hasRoute'>): RouteLocationRaw | null {
  if (!id) return null
  if (kind === 'job') return { name: 'job', params: { id } }
  if (kind === 'project') return { name: 'project', params: { id } }
  if (kind === 'run' && router.hasRoute('run')) return { name: 'run', params: { id } }
  if (kind === 'approval') return { name: 'approvals', query: { id } }
  if (kind === 'freeze') return { name: 'freezes' }
  if (kind === 'user') return { name: 'users', query: { id } }
  return null
}
