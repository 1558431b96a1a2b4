import { describe, expect, it } from 'vitest'
import en from '@/i18n/en/audit.json'
import { detailLines, isInstant } from './detail'
import { ACTIONS, actionKey, asQuery, objectFrom, readFilter, writeFilter } from './filter'

const id = '01a204d1-e8e8-7d9a-875c-0de7896f483e'

describe('the detail of an entry', () => {
  it('is lines, also of what is inside', () => {
    expect(detailLines({ job_type: 'ops', slot: { start: 'a', end: 'b' }, tiers: ['dev', 'prod'], none: null })).toEqual([
      { label: 'job type', value: 'ops' },
      { label: 'slot › start', value: 'a' },
      { label: 'slot › end', value: 'b' },
      { label: 'tiers', value: 'dev, prod' },
      { label: 'none', value: null },
    ])
  })

  it('says a change as one line', () => {
    expect(detailLines({ title: { from: 'a', to: 'b' } })).toEqual([{ label: 'title', value: 'b', before: 'a' }])
    expect(detailLines({ slot: { from: { start: 1 }, to: { start: 2 } } })).toEqual([
      { label: 'slot › from › start', value: 1 },
      { label: 'slot › to › start', value: 2 },
    ])
  })

  it('has no lines where there is nothing to say, and survives any shape', () => {
    expect(detailLines({})).toEqual([])
    expect(detailLines('text')).toEqual([{ label: '', value: 'text' }])
    expect(detailLines([{ a: [] }, { a: {} }])).toEqual([{ label: '1 › a', value: null }, { label: '2 › a', value: null }])
    const deep = { a: { b: { c: { d: { e: { f: 1 } } } } } }
    expect(detailLines(deep)).toEqual([{ label: 'a › b › c › d › e', value: '{"f":1}' }])
  })

  it('knows instants', () => {
    expect(isInstant('2026-11-22T19:53:15.239268Z')).toBe(true)
    expect(isInstant('2026-11-22')).toBe(false)
    expect(isInstant(3)).toBe(false)
  })
})

describe('the filter', () => {
  it('comes from the address, without what makes no sense', () => {
    const shown = readFilter({ actor: id, object: 'nonsense', action: 'job.move', from: '2026-11-22T00:00:00+01:00', to: 'x' })
    expect(shown).toEqual({ actor: id, object: null, action: 'job.move', from: '2026-11-21T23:00:00.000Z', to: null })
    expect(writeFilter(shown)).toEqual({ actor: id, action: 'job.move', from: '2026-11-21T23:00:00.000Z' })
    expect(asQuery(shown)).toMatchObject({ limit: 50, actor: id })
  })

  it('takes an id out of an address', () => {
    expect(objectFrom(`https://hub/app/jobs/${id}?x`)).toBe(id)
    expect(objectFrom(` ${id} `)).toBe(id)
    expect(objectFrom('jobs/3')).toBeNull()
  })
})

describe('actions', () => {
  it('all have a name', () => {
    for (const action of ACTIONS) expect(Object.keys(en.action), action).toContain(actionKey(action))
  })
})
