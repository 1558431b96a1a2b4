import { describe, expect, it } from 'vitest'
import type { Execution, Job } from '@/api/types'
import { createBody, draftFromQuery, draftOf, fieldsOf, patchBody, sameValue, type JobFields } from './draft'
import { emptyExecution, executionForm, executionOf, FAULT, isSecretReference, shapeOf } from './execution'
import { compare, merge } from './merge'

const job = {
  project_id: 'p', title: 'Release', description: '', job_type: 'ops', environment: 'staging', planned_start: '2026-11-24T08:00:00Z',
  planned_end: '2026-11-24T09:00:00Z', all_day: false, assignee_id: null, critical: null, auto_start: true,
  execution: { backend: 'local', command: ['uhub', 'report'], idempotent: true },
} as unknown as Job

const fields = (one: Job): JobFields => fieldsOf(draftOf(one), undefined).fields

describe('execution', () => {
  const specs: [string, Execution][] = [
    ['local', { backend: 'local', command: ['/bin/sh', '-c', '', 'a b'], working_dir: '/srv', env: { A: '', B: 'x=y' }, timeout_seconds: 60, max_attempts: 3, idempotent: true, priority: -5 }],
    ['docker', { backend: 'docker', image: 'alpine:3', command: ['echo', '1'], limits: { cpus: 0.5, memory_mb: 256, pids: 64 }, secrets: { PW: 'vault:secret/app#pw' } }],
    ['webhook', { backend: 'webhook', url: 'https://ci.example/x', method: 'PUT', payload: { a: [1, null] } }],
  ]
  it.each(specs)('comes back from the form as it was: %s', (_name, spec) => {
    const form = executionForm(spec)
    const { execution, faults } = executionOf(form, shapeOf(form, undefined))
    expect(faults).toEqual({})
    expect(sameValue(execution, spec)).toBe(true)
  })

  it('sends only what its backend takes', () => {
    const form = { ...emptyExecution(), command: ['x', ''], image: 'alpine', url: 'https://x', cpus: '1', payload: '{' }
    expect(executionOf(form, 'program')).toEqual({ execution: { command: ['x'] }, faults: {} })
    expect(executionOf({ ...form, payload: '' }, 'request').execution).toEqual({ url: 'https://x' })
  })

  it('is edited as the project would run it', () => {
    const form = emptyExecution()
    expect(shapeOf(form, { execution_backend: 'docker' })).toBe('container')
    expect(shapeOf({ ...form, backend: 'webhook' }, { execution_backend: 'docker' })).toBe('request')
    expect(shapeOf({ ...form, url: 'https://x' }, { execution_backend: null })).toBe('request')
    expect(shapeOf(form, undefined)).toBe('program')
  })

  it('tells what is wrong where it is', () => {
    const form = {
      ...emptyExecution(), payload: '{a}', timeout_seconds: '1.5', max_attempts: 'x', cpus: '0,5', env: [{ name: '1A', value: '' }, { name: 'B', value: '1' }, { name: 'B', value: '2' }],
      secrets: [{ name: 'S', value: 'hunter2' }, { name: '', value: '' }],
    }
    expect(executionOf(form, 'request').faults).toEqual({
      'execution.payload': FAULT.json, 'execution.timeout_seconds': FAULT.whole, 'execution.max_attempts': FAULT.number,
      'execution.env.1A': FAULT.name, 'execution.env.B': FAULT.twice, 'execution.secrets.S': FAULT.secret,
    })
    expect(executionOf({ ...form, env: [], secrets: [] }, 'container').execution.limits).toEqual({ cpus: 0.5 })
  })

  it('knows a reference from a secret', () => {
    for (const good of ['vault:secret/app-x#db_password', 'vault:kv/a/b/c#d', 'env:TOKEN', 'file:/run/secret']) expect(isSecretReference(good), good).toBe(true)
    for (const bad of ['hunter2', 'vault:secret', 'vault:secret/app', 'vault:#x', 'vault:a/b#', '', 'VAULT:a/b#c', 'vault:a/b c#d']) expect(isSecretReference(bad), bad).toBe(false)
  })
})

describe('draft', () => {
  it('is prefilled by an address, and ignores what makes no sense', () => {
    const draft = draftFromQuery({ start: '2026-11-24T08:00:00+01:00', end: 'soon', all_day: 'true', project_id: 'p', title: '<b>', job_type: 'x' }, new Date(0))
    expect(draft).toMatchObject({
      planned_start: '2026-11-24T07:00:00.000Z', planned_end: null, all_day: true, project_id: 'p', title: '<b>', job_type: 'ops',
    })
    expect(draftFromQuery({}, new Date(0)).planned_start).toBe('1970-01-01T00:00:00.000Z')
    expect(['true', 'false', 'perhaps', undefined].map((critical) => draftFromQuery({ critical }, new Date(0)).critical)).toEqual(['yes', 'no', 'auto', 'auto'])
  })

  it('sends what has changed, and nothing else', () => {
    const before = fields(job)
    const draft = { ...draftOf(job), title: 'Release 2', planned_start: '2026-11-25T08:00:00Z', planned_end: '2026-11-25T09:00:00Z' }
    expect(patchBody(before, fieldsOf(draft, undefined).fields)).toEqual({
      title: 'Release 2', planned_start: '2026-11-25T08:00:00Z', planned_end: '2026-11-25T09:00:00Z', all_day: false,
    })
    expect(patchBody(before, fields(job))).toEqual({})
    const meeting = fieldsOf({ ...draftOf(job), job_type: 'meeting' }, undefined).fields
    expect(patchBody(before, meeting)).toEqual({ job_type: 'meeting', environment: null, auto_start: false, execution: null })
  })

  it('becomes a new job', () => {
    const body = createBody('p', '2026-11-24T08:00:00Z', fieldsOf({ ...draftOf(job), has_execution: false, planned_end: null }, undefined).fields)
    expect(body).toEqual({
      project_id: 'p', title: 'Release', job_type: 'ops', environment: 'staging', planned_start: '2026-11-24T08:00:00Z', all_day: false,
      assignee_id: null, critical: null,
    })
  })
})

describe('merge', () => {
  const base = fields(job)
  const mine = { ...base, title: 'Mine', description: 'of mine', critical: true }
  const theirs = { ...base, title: 'Theirs', environment: 'prod', critical: true }

  it('finds what is contested', () => {
    expect(compare(base, mine, theirs)).toEqual({ taken: ['environment'], contested: ['title'] })
  })

  it('keeps both sides, and the choice where they differ', () => {
    expect(merge(base, mine, theirs, new Set(['title']))).toEqual({ ...theirs, title: 'Mine', description: 'of mine' })
    expect(merge(base, mine, theirs, new Set())).toEqual({ ...theirs, description: 'of mine' })
  })
})
