import { describe, expect, it } from 'vitest'
import { countFilters, jobFilter, NO_FILTERS, readFilters, writeFilters } from './filters'

const project = '01a204d1-95ba-7923-b4f7-6030c83a3ab0'

describe('filters', () => {
  it('live in the address', () => {
    const filters = { ...NO_FILTERS, q: 'né & <b>', project_id: project, status: 'failed', from: '2026-11-01', mine: true }
    expect(readFilters(writeFilters(filters) as Record<string, string>)).toEqual(filters)
    expect(writeFilters(NO_FILTERS)).toEqual({})
    expect(countFilters(filters)).toBe(5)
  })

  it('ignore what makes no sense', () => {
    expect(readFilters({ project_id: 'x', status: 'great', from: '2026-99-99', to: 'now', tier: ['prod', 'dev'], mine: '1' })).toEqual(NO_FILTERS)
  })

  it('are asked of the API as spans of time, the last day within', () => {
    const dayStart = (day: string, plus: number) => `${day}+${plus}`
    expect(jobFilter({ ...NO_FILTERS, q: ' ', tier: 'prod', from: '2026-11-01', to: '2026-11-02' }, dayStart)).toEqual({
      tier: 'prod', from: '2026-11-01+0', to: '2026-11-02+1',
    })
  })
})
