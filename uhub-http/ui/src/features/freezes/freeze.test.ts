import { describe, expect, it } from 'vitest'
import type { Freeze } from '@/api/types'
import { asRequest, byPhase, phaseOf, type FreezeDraft } from './freeze'

const now = new Date('2026-11-24T12:00:00Z')
const freeze = (id: string, start: string, end: string): Freeze => ({
  id, start: `2026-11-${start}:00Z`, end: `2026-11-${end}:00Z`, tiers: ['prod'], environments: [], project_id: null, reason: id, created_by: 'u', created_at: '',
})

describe('freeze windows', () => {
  it('are half open: over at their end, running from their start', () => {
    expect(phaseOf(freeze('a', '24T12:00', '24T13:00'), now)).toBe('running')
    expect(phaseOf(freeze('a', '24T11:00', '24T12:00'), now)).toBe('past')
    expect(phaseOf(freeze('a', '24T12:01', '24T13:00'), now)).toBe('upcoming')
  })

  it('come in the order in which they matter', () => {
    const all = byPhase([freeze('later', '28T00:00', '29T00:00'), freeze('soon', '25T00:00', '26T00:00'), freeze('old', '01T00:00', '02T00:00'), freeze('last', '20T00:00', '21T00:00')], now)
    expect(all.upcoming.map(({ id }) => id)).toEqual(['soon', 'later'])
    expect(all.past.map(({ id }) => id)).toEqual(['last', 'old'])
  })
})

describe('a draft', () => {
  const draft: FreezeDraft = { start: '2026-11-25T00:00:00Z', end: '2026-11-26T00:00:00Z', tiers: ['prod'], environments: [], projectId: null, reason: ' Black Friday ' }

  it('is a request once it says when and what', () => {
    expect(asRequest(draft)).toEqual({ start: draft.start, end: draft.end, tiers: ['prod'], environments: [], reason: 'Black Friday' })
    expect(asRequest({ ...draft, projectId: 'p' })?.project_id).toBe('p')
    expect(asRequest({ ...draft, tiers: [], environments: ['eu'] })).not.toBeNull()
    expect(asRequest({ ...draft, tiers: [] })).toBeNull()
    expect(asRequest({ ...draft, end: null })).toBeNull()
  })
})
