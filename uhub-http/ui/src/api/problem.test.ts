import { describe, expect, it } from 'vitest'
import { asProblem, formErrors, problemFrom, sentence } from './problem'

const answer = (status: number, headers: Record<string, string> = {}) =>
  ({ status, statusText: '', headers: new Headers(headers) })

const invalid = problemFrom(answer(422), {
  type: 'urn:uhub:problem:invalid', title: 'The input is not valid', status: 422,
  detail: 'execution.command: must be absolute', field: 'execution.command',
})

describe('problems', () => {
  it('are read from problem+json', () => {
    const denied = problemFrom(answer(403), {
      type: 'urn:uhub:problem:denied', title: 'The rules refuse it', status: 403, detail: 'role dev may not', rule: 'rbac.job.prod.dev',
    })
    expect([denied.kind, denied.status, denied.rule, denied.sentence]).toEqual(['denied', 403, 'rbac.job.prod.dev', 'Role dev may not.'])
  })

  it('are read from OAuth2 errors, with the wait', () => {
    const busy = problemFrom(answer(429, { 'Retry-After': '7' }), { error: 'temporarily_unavailable', error_description: 'try again' })
    expect([busy.kind, busy.retryAfter, busy.sentence]).toEqual(['temporarily_unavailable', 7, 'Try again.'])
  })

  it('are made of what is no problem', () => {
    expect(problemFrom(answer(502), '<html>').sentence).toBe('HTTP 502.')
    expect(asProblem(new TypeError('Failed to fetch')).isOffline).toBe(true)
    expect(asProblem('?').isOffline).toBe(false)
  })
})

describe('forms', () => {
  it('get the error at the field that the path begins with', () => {
    expect(formErrors(invalid, ['title', 'execution', 'execution.command']).fields).toEqual({ 'execution.command': 'Must be absolute.' })
    expect(formErrors(invalid, ['title', 'execution']).fields).toEqual({ execution: 'Must be absolute.' })
    expect(formErrors(invalid, ['title', 'exec'])).toEqual({ fields: {}, general: 'Must be absolute.' })
  })
})

describe('sentence', () => {
  it('ends as sentences do', () => {
    expect(sentence('état illisible ')).toBe('État illisible.')
    expect(sentence('Why?')).toBe('Why?')
    expect(sentence('')).toBe('')
  })
})
