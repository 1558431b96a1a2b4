import type { components, paths } from './schema'

type Schemas = components['schemas']

export type ApiToken = Schemas['ApiToken']
export type Approval = Schemas['Approval']
export type ApprovalState = Schemas['ApprovalState']
export type AuditItem = Schemas['AuditItem']
export type BackendKind = Schemas['BackendKind']
export type CalendarEvent = Schemas['CalendarEvent']
export type ConflictGroup = Schemas['ConflictGroup']
export type CreateJob = Schemas['CreateJob']
export type CreateProject = Schemas['CreateProject']
export type CreateToken = Schemas['CreateToken']
export type CreateUser = Schemas['CreateUser']
export type Decision = Schemas['Decision']
export type Environment = Schemas['Environment']
export type EnvironmentInput = Schemas['EnvironmentInput']
export type Execution = Schemas['Execution']
export type Freeze = Schemas['Freeze']
export type FreezeOutcome = Schemas['FreezeOutcome']
export type Job = Schemas['Job']
export type JobBrief = Schemas['JobBrief']
export type JobOutcome = Schemas['JobOutcome']
export type JobStatus = Schemas['JobStatus']
export type JobType = Schemas['JobType']
export type Launch = Schemas['Launch']
export type LaunchOutcome = Schemas['LaunchOutcome']
export type NewApiToken = Schemas['NewApiToken']
export type NewFreeze = Schemas['NewFreeze']
export type PatchJob = Schemas['PatchJob']
export type PatchProject = Schemas['PatchProject']
export type PatchUser = Schemas['PatchUser']
export type Policy = Schemas['Policy']
export type PolicyInput = Schemas['PolicyInput']
export type Project = Schemas['Project']
export type Resolved = Schemas['Resolved']
export type ResolvedMove = Schemas['ResolvedMove']
export type Role = Schemas['Role']
export type Run = Schemas['Run']
export type RunStatus = Schemas['RunStatus']
export type Scope = Schemas['Scope']
export type Series = Schemas['Series']
export type SeriesScope = Schemas['SeriesScope']
export type Suggestion = Schemas['Suggestion']
export type Tier = Schemas['Tier']
export type User = Schemas['User']
export type UserKind = Schemas['UserKind']
export type Verification = Schemas['Verification']

/** A page of a list. */
export interface Page<T> {
  items: T[]
  next_cursor: string | null
}

/** What a list can be asked for: `QueryOf<'/jobs'>`. */
export type QueryOf<Path extends keyof paths> = paths[Path] extends { get: { parameters: { query?: infer Query } } }
  ? NonNullable<Query>
  : never

export const JOB_TYPES = ['meeting', 'dev', 'ops', 'maintenance', 'infra'] as const satisfies JobType[]
export const JOB_STATUSES = [
  'planned', 'awaiting_approval', 'approved', 'queued', 'running', 'succeeded', 'failed', 'cancelled', 'missed',
] as const satisfies JobStatus[]
export const RUN_STATUSES = [
  'queued', 'running', 'succeeded', 'failed', 'timed_out', 'cancelled', 'lost',
] as const satisfies RunStatus[]
export const TIERS = ['dev', 'staging', 'prod'] as const satisfies Tier[]
export const SCOPES = ['read', 'plan', 'run', 'approve', 'admin'] as const satisfies Scope[]
export const ROLES = ['admin', 'projets', 'dev', 'ops'] as const satisfies Role[]
export const BACKENDS = ['local', 'docker', 'webhook', 'ssh', 'k8s', 'serverless'] as const satisfies BackendKind[]
