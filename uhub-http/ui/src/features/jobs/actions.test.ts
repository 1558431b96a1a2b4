import { describe, expect, it } from 'vitest'
import type { Job, JobStatus } from '@/api/types'
import { isFixed, offers } from './actions'

const allow = { effect: 'allow', rule: 'x' } as const
const deny = { effect: 'deny', rule: 'rbac.run.launch.ops' } as const
const job = (status: JobStatus, execution: Job['execution'] = null): Job => ({ status, execution, editable: allow, can_launch: deny }) as Job
const names = (one: Job) => offers(one).map((offer) => offer.action)

describe('what is offered', () => {
  it('is what makes sense in the state', () => {
    expect(names(job('planned'))).toEqual(['done', 'cancel'])
    expect(names(job('planned', { command: ['x'] }))).toEqual(['launch', 'cancel'])
    expect(names(job('running', { command: ['x'] }))).toEqual(['cancel'])
    expect(names(job('failed', { command: ['x'] }))).toEqual(['launch', 'replan'])
    expect(names(job('succeeded'))).toEqual([])
  })

  it('carries what the API says of it', () => {
    expect(offers(job('planned', { command: ['x'] }))).toEqual([
      { action: 'launch', decision: deny },
      { action: 'cancel', decision: allow },
    ])
  })

  it('knows when a plan is fixed', () => {
    expect([isFixed(job('running')), isFixed(job('planned'))]).toEqual([true, false])
  })
})
