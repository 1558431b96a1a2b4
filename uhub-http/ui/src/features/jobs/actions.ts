import type { Decision, Job, JobStatus } from '@/api/types'

export type JobAction = 'launch' | 'done' | 'replan' | 'cancel'

const LAUNCHED_FROM: readonly JobStatus[] = ['planned', 'awaiting_approval', 'approved', 'failed', 'cancelled', 'missed']
const PLANNED_AGAIN: readonly JobStatus[] = ['failed', 'cancelled', 'missed']
const ALIVE: readonly JobStatus[] = ['planned', 'awaiting_approval', 'approved', 'queued', 'running']

export interface Offer {
  action: JobAction
  /** The API's decision for the caller; `deny` is shown with its rule, and not offered. */
  decision: Decision
}

/** What makes sense in a job's state, each with what the API says of it for the caller. */
export function offers(job: Job): Offer[] {
  const found: Offer[] = []
  if (job.execution !== null && LAUNCHED_FROM.includes(job.status)) found.push({ action: 'launch', decision: job.can_launch })
  if (job.execution === null && job.status === 'planned') found.push({ action: 'done', decision: job.editable })
  if (PLANNED_AGAIN.includes(job.status)) found.push({ action: 'replan', decision: job.editable })
  if (ALIVE.includes(job.status)) found.push({ action: 'cancel', decision: job.editable })
  return found
}

/** While it is queued or runs, its slot, environment and execution are fixed. */
export function isFixed(job: Pick<Job, 'status'>): boolean {
  return job.status === 'queued' || job.status === 'running'
}
