import type { Effect, Me } from '@/api/session'
import type { JobType, Project, Tier } from '@/api/types'
import { TIERS } from '@/api/types'

/**
 * What the server says of planning a job, as far as it can say it beforehand: its permissions count nothing as owned, so in
 * one's own project the answer is left to it.
 */
export function mayPlan(me: Pick<Me, 'id' | 'permissions'>, type: JobType, tier: Tier, project: Pick<Project, 'owner_id'> | null): Effect | 'unsure' {
  const effect = me.permissions[`job_create.${type}.${tier}`] ?? 'deny'
  return effect === 'deny' && project?.owner_id === me.id ? 'unsure' : effect
}

/** Whether there is any place at all for a job of this type by this person. */
export function mayPlanSomewhere(me: Pick<Me, 'id' | 'permissions'>, type: JobType, projects: readonly Pick<Project, 'owner_id'>[]): boolean {
  if (projects.some((project) => project.owner_id === me.id)) return true
  return TIERS.some((tier) => mayPlan(me, type, tier, null) !== 'deny')
}
