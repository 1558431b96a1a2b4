import { describe, expect, it } from 'vitest'
import type { Me } from '@/api/session'
import { mayPlan, mayPlanSomewhere } from './may'

const me = {
  id: 'me',
  permissions: { 'job_create.dev.dev': 'allow', 'job_create.ops.prod': 'needs_approval', 'job_create.infra.dev': 'deny' },
} as unknown as Me

describe('planning, as far as it can be told beforehand', () => {
  it('is what the server says', () => {
    expect(mayPlan(me, 'dev', 'dev', null)).toBe('allow')
    expect(mayPlan(me, 'ops', 'prod', { owner_id: 'other' })).toBe('needs_approval')
    expect(mayPlan(me, 'dev', 'prod', { owner_id: 'other' })).toBe('deny')
  })

  it('is left to the server in one’s own project', () => {
    expect(mayPlan(me, 'infra', 'dev', { owner_id: 'me' })).toBe('unsure')
  })

  it('offers a type where there is any place for it', () => {
    expect(mayPlanSomewhere(me, 'ops', [])).toBe(true)
    expect(mayPlanSomewhere(me, 'infra', [{ owner_id: 'other' }])).toBe(false)
    expect(mayPlanSomewhere(me, 'infra', [{ owner_id: 'me' }])).toBe(true)
  })
})
