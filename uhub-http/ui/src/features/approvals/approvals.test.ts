import { describe, expect, it } from 'vitest'
import { quoted, specRows } from '@/features/jobs/execution'
import type { Approval, Job } from '@/api/types'
import { fieldChanges, onTimeline, specChanges } from './diff'
import { obstacle, sortInbox } from './eligibility'

const job = {
  title: 'Release', description: '', job_type: 'ops', environment: 'staging', planned_start: '2026-11-24T08:00:00Z', planned_end: '2026-11-24T09:00:00Z',
  all_day: false, assignee_id: 'u', critical: null, auto_start: true, execution: { backend: 'docker', image: 'app:1', command: ['run'] },
} as unknown as Job

const approval = (change: Approval['change'], more: Partial<Approval> = {}): Approval =>
  ({ id: 'a', state: 'pending', kind: 'edit', requested_by: 'other', change, ...more }) as Approval

describe('what an edit would change', () => {
  it('is told field by field', () => {
    const changes = fieldChanges(
      approval({ planned_start: '2026-11-25T08:00:00Z', planned_end: '2026-11-25T10:00:00Z', all_day: false, environment_id: 'e', assignee_id: null, critical: true }),
      job,
      (id) => `env ${id}`,
    )
    expect(changes).toEqual([
      {
        field: 'slot',
        before: { start: '2026-11-24T08:00:00Z', end: '2026-11-24T09:00:00Z', allDay: false },
        after: { start: '2026-11-25T08:00:00Z', end: '2026-11-25T10:00:00Z', allDay: false },
      },
      { field: 'environment', before: 'staging', after: 'env e' },
      { field: 'assignee_id', before: 'u', after: null },
      { field: 'critical', before: null, after: true },
    ])
  })

  it('does not call the present the past once it is decided', () => {
    expect(fieldChanges(approval({ title: 'New' }, { state: 'consumed' }), job, String)).toEqual([{ field: 'title', before: null, after: 'New' }])
  })
})

describe('what would be executed', () => {
  it('is told whole, with borders between arguments', () => {
    expect(quoted("it's")).toBe(`'it'\\''s'`)
    expect(quoted('')).toBe("''")
    const rows = specRows({
      backend: 'docker', image: 'app:2', command: ['sh', '-c', 'a; b', ''], env: { A: '' }, secrets: { PW: 'vault:s/a#p' }, limits: { cpus: 0.5 },
      timeout_seconds: 60, idempotent: true, payload: { a: 1 },
    })
    expect(rows.map((row) => [row.key, row.value])).toEqual([
      ['backend', 'docker'], ['image', 'app:2'], ['command', "sh -c 'a; b' ''"], ['payload', '{\n  "a": 1\n}'], ['env.A', ''], ['secrets.PW', 'vault:s/a#p'],
      ['cpus', '0.5'], ['timeout_seconds', '60'], ['idempotent', 'true'],
    ])
  })

  it('is compared line by line', () => {
    const changes = specChanges(job.execution, { backend: 'docker', image: 'app:2', secrets: { PW: 'vault:s/a#p' } })
    expect(changes.map(({ key, kind }) => [key, kind])).toEqual([
      ['backend', 'same'], ['image', 'changed'], ['secrets.PW', 'added'], ['command', 'removed'],
    ])
  })
})

describe('two slots on a line', () => {
  it('stand where they are, and stay visible', () => {
    const slot = (start: string, end: string) => ({ start: `2026-11-${start}:00Z`, end: `2026-11-${end}:00Z`, allDay: false })
    const { before, after } = onTimeline(slot('24T08:00', '24T09:00'), slot('30T08:00', '30T10:00'))
    expect(before.left).toBeLessThan(after.left)
    for (const { left, width } of [before, after]) {
      expect(width).toBeGreaterThanOrEqual(2)
      expect(left + width).toBeLessThanOrEqual(100)
    }
  })
})

describe('inbox', () => {
  it('says who may not decide, and why', () => {
    expect(obstacle(approval(null), 'me', true)).toBeNull()
    expect(obstacle(approval(null), 'other', true)).toBe('requester')
    expect(obstacle(approval(null), 'me', false)).toBe('role')
    expect(obstacle(approval(null, { state: 'expired' }), 'me', true)).toBe('closed')
  })

  it('is sorted by who has to do something', () => {
    const [a, b, c] = [approval(null), approval(null, { requested_by: 'me' }), approval(null, { state: 'rejected' })]
    expect(sortInbox([a, b, c], 'me', true)).toEqual({ mine: [a], asked: [b], others: [], decided: [c] })
    expect(sortInbox([a, b, c], 'me', false)).toEqual({ mine: [], asked: [b], others: [a], decided: [c] })
  })
})
