import type { Run, RunStatus } from '@/api/types'

const ACTIVE: readonly RunStatus[] = ['queued', 'running']

export function isActive(run: Pick<Run, 'status'>): boolean {
  return ACTIVE.includes(run.status)
}

/** How long it took, or takes so far; `null` before it began. */
export function runSeconds(run: Pick<Run, 'started_at' | 'ended_at'>, now: Date): number | null {
  if (run.started_at === null) return null
  const end = run.ended_at === null ? now.getTime() : Date.parse(run.ended_at)
  return Math.max(0, (end - Date.parse(run.started_at)) / 1000)
}
