/**
 * Keys of what is cached. The first word is the aggregate, so that a change of one job makes every list of jobs old; `live.ts`
 * invalidates by these.
 */
export const keys = {
  jobs: ['jobs'],
  runs: ['runs'],
  approvals: ['approvals'],
  projects: ['projects'],
  users: ['users'],
  freezes: ['freezes'],
  audit: ['audit'],
  calendar: ['calendar'],
  hub: ['hub'],
} as const

export type Aggregate = keyof typeof keys

/** What is old after an event of `GET /events`. Every change writes to the audit. */
export const touchedBy: Record<string, readonly Aggregate[]> = {
  job: ['jobs', 'calendar', 'audit'],
  conflict: ['calendar', 'jobs'],
  run: ['runs', 'jobs', 'calendar', 'audit'],
  approval: ['approvals', 'jobs', 'calendar', 'audit'],
  project: ['projects', 'calendar', 'audit'],
  user: ['users', 'audit'],
  freeze: ['freezes', 'calendar', 'audit'],
}
