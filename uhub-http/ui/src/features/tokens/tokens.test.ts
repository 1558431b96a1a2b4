import { describe, expect, it } from 'vitest'
import type { ApiToken } from '@/api/types'
import { byState, endOf, scopesFor, stateOf } from './tokens'

const NOW = new Date('2030-01-07T08:00:00Z')

function token(id: string, more: Partial<ApiToken> = {}): ApiToken {
  return {
    id, user_id: 'u', name: id, prefix: 'uhub_01234567', scopes: ['read'], created_by: null,
    created_at: '2030-01-01T00:00:00Z', expires_at: null, last_used_at: null, revoked_at: null, ...more,
  }
}

describe('tokens', () => {
  it('are worth something until they are revoked or over', () => {
    expect(stateOf(token('a'), NOW)).toBe('good')
    expect(stateOf(token('a', { expires_at: '2030-01-07T08:00:00.001Z' }), NOW)).toBe('good')
    expect(stateOf(token('a', { expires_at: NOW.toISOString() }), NOW), 'the end itself is over').toBe('over')
    const both = { revoked_at: '2030-01-02T00:00:00Z', expires_at: '2030-01-03T00:00:00Z' }
    expect(stateOf(token('a', both), NOW)).toBe('revoked')
  })

  it('of machines approve nothing', () => {
    expect(scopesFor({ kind: 'person' })).toEqual(['read', 'plan', 'run', 'approve', 'admin'])
    expect(scopesFor({ kind: 'service' })).toEqual(['read', 'plan', 'run', 'admin'])
  })

  it('end after whole days, or never', () => {
    expect(endOf(30, NOW)).toBe('2030-02-06T08:00:00.000Z')
    expect(endOf(0, NOW)).toBeNull()
  })

  it('are listed with those first that are worth something, without changing the list', () => {
    const list = [token('a', { revoked_at: '2030-01-02T00:00:00Z' }), token('b'), token('c')]
    expect(byState(list, NOW).map(({ id }) => id)).toEqual(['b', 'c', 'a'])
    expect(list.map(({ id }) => id)).toEqual(['a', 'b', 'c'])
  })
})
