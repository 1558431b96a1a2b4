import { describe, expect, it } from 'vitest'
import type { Policy, Project } from '@/api/types'
import { changesPools, environmentDrafts, environmentField, environmentInputs, newEnvironment, policyDraft, policyInput } from './draft'

describe('environments', () => {
  it('begin with the three tiers, each in a pool of its name', () => {
    expect(environmentInputs(environmentDrafts(null))).toEqual([
      { name: 'dev', tier: 'dev', pool: 'dev' }, { name: 'staging', tier: 'staging', pool: 'staging' }, { name: 'prod', tier: 'prod', pool: 'prod' },
    ])
    expect(environmentInputs([{ ...newEnvironment(' eu ', 'prod'), id: 'e', pool: ' shared ' }])).toEqual([
      { id: 'e', name: 'eu', tier: 'prod', pool: 'shared' },
    ])
  })

  it('go back to a pool of their own where it is emptied', () => {
    const project = { environments: [{ id: 'e', name: 'eu', tier: 'prod', pool: 'shared' }] } as Project
    const [draft] = environmentDrafts(project)
    if (!draft) throw new Error('no draft')
    expect(changesPools([draft, newEnvironment('other')], project)).toBe(false)
    const emptied = [{ ...draft, pool: ' ' }]
    expect(environmentInputs(emptied)).toEqual([{ id: 'e', name: 'eu', tier: 'prod', pool: 'eu' }])
    expect(changesPools(emptied, project)).toBe(true)
  })

  it('are found by the path of a problem', () => {
    expect(environmentField('environments[2].pool')).toEqual({ index: 2, field: 'pool' })
    expect(environmentField('environments.0')).toEqual({ index: 0, field: 'name' })
    expect(environmentField('name')).toBeNull()
  })
})

describe('policy', () => {
  const policy: Policy = { prod_change: 'approval', on_conflict: { prod: 'block' }, approval_ttl_seconds: 259_200, allowed_backends: { prod: ['k8s'] } }

  it('goes there and back', () => {
    const draft = policyDraft(policy)
    expect(draft).toMatchObject({ ttlHours: '72', onConflict: { dev: 'warn', staging: 'warn', prod: 'block' }, backends: { dev: null, prod: ['k8s'] } })
    expect(policyInput(draft)).toEqual({
      prod_change: 'approval',
      on_conflict: { dev: 'warn', staging: 'warn', prod: 'block' },
      approval_ttl_seconds: 259_200,
      allowed_backends: { dev: null, staging: null, prod: ['k8s'] },
    })
  })

  it('reads hours as people write them', () => {
    expect(policyInput({ ...policyDraft(policy), ttlHours: '1,5' }).approval_ttl_seconds).toBe(5400)
    expect(policyInput({ ...policyDraft(policy), ttlHours: 'x' }).approval_ttl_seconds).toBe(0)
  })
})
