import type { LocationQuery } from 'vue-router'
import type { AuditFilter } from '@/api/queries/audit'

/** What the table shows, as the address says it. */
export interface Shown {
  actor: string | null
  object: string | null
  action: string | null
  from: string | null
  to: string | null
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : null)
const uuid = (value: unknown) => (UUID.test(text(value) ?? '') ? text(value) : null)
const instant = (value: unknown) => {
  const at = Date.parse(text(value) ?? '')
  return Number.isNaN(at) ? null : new Date(at).toISOString()
}

/** What is no id or no time in the address is left out, rather than refused by the hub. */
export function readFilter(query: LocationQuery): Shown {
  return {
    actor: uuid(query['actor']),
    object: uuid(query['object']),
    action: text(query['action'])?.slice(0, 200) ?? null,
    from: instant(query['from']),
    to: instant(query['to']),
  }
}

export function writeFilter(shown: Shown): Record<string, string> {
  return Object.fromEntries(Object.entries(shown).filter((entry): entry is [string, string] => entry[1] !== null && entry[1] !== ''))
}

export function asQuery(shown: Shown): AuditFilter {
  return { ...writeFilter(shown), limit: 50 }
}

/** What is typed into the field of the object: an id, or an address that ends with one. */
export function objectFrom(typed: string): string | null {
  return uuid(typed.trim().split(/[/?#\s]/).filter(Boolean).find((part) => UUID.test(part)))
}

/** The actions that the hub writes; the refused ones are named by what was asked for. */
export const ACTIONS = [
  'auth.login', 'user.create', 'user.edit', 'user.profile', 'user.bootstrap', 'user.calendar_token.create', 'user.calendar_token.revoke',
  'token.create', 'token.revoke', 'token.use',
  'project.create', 'project.edit', 'job.create', 'job.edit', 'job.move', 'job.cancel', 'job.done', 'job.miss', 'approval.ask', 'approval.approve',
  'approval.reject', 'approval.expire', 'approval.close', 'run.launch', 'run.auto_start', 'run.claim', 'run.finish', 'run.callback', 'run.cancel',
  'run.requeue', 'run.retry', 'run.lose', 'run.take_over', 'freeze.create', 'freeze.delete', 'audit.read', 'seed.demo', 'seed.synthetic',
] as const

/** The key of an action's name: `job.move` and the refused `job_move` are called the same. */
export const actionKey = (action: string) => action.replace(/\./g, '_')
