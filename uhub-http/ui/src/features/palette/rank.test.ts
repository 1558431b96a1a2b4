import { describe, expect, it } from 'vitest'
import type { Item } from './item'
import { grouped, rank } from './rank'
import { readRecents, remember } from './recents'

const item = (id: string, title: string, more: Partial<Item> = {}): Item => ({ id, title, group: 'go', run: () => undefined, ...more })
const items = [
  item('calendar', 'Calendar'),
  item('projects', 'Projects', { keywords: ['environments'] }),
  item('theme', 'Dark theme', { group: 'view' }),
  item('light', 'Light theme', { group: 'view' }),
  item('freezes', 'Périodes de gel'),
]
const ids = (query: string, recent: string[] = []) => rank(items, query, recent).map(({ id }) => id)

describe('finding', () => {
  it('forgives typing, and accents', () => {
    expect(ids('calender')[0]).toBe('calendar')
    expect(ids('cldr')).toEqual([])
    expect(ids('periodes')[0]).toBe('freezes')
  })

  it('looks at keywords too', () => {
    expect(ids('environ')).toEqual(['projects'])
  })

  it('finds nothing where nothing is alike', () => {
    expect(ids('zzzz')).toEqual([])
  })

  it('puts what begins with it first', () => {
    expect(ids('li')[0]).toBe('light')
  })

  it('puts first what was used lately, among what matches as well', () => {
    expect(ids('theme')).toContain('light')
    expect(ids('theme', ['light'])[0]).toBe('light')
    expect(ids('theme', ['theme', 'light'])[0]).toBe('theme')
    expect(ids('calendar', ['light'])[0]).toBe('calendar')
  })

  it('gives all without a question, in groups as they come', () => {
    expect(grouped(rank(items, ' ', [])).map(({ name, items: all }) => [name, all.length])).toEqual([['go', 3], ['view', 2]])
  })
})

describe('what was used lately', () => {
  function storage() {
    const all = new Map<string, string>()
    return { getItem: (key: string) => all.get(key) ?? null, setItem: (key: string, value: string) => void all.set(key, value) }
  }

  it('is kept by user, the last first, each once, and not for ever', () => {
    const kept = storage()
    for (const id of ['a', 'b', 'a', ...'cdefghij']) remember('ann', id, kept)
    expect(readRecents('ann', kept)).toEqual([...'jihgfedc'])
    remember('ann', 'f', kept)
    expect(readRecents('ann', kept).slice(0, 2)).toEqual(['f', 'j'])
    expect(readRecents('bob', kept)).toEqual([])
  })

  it('survives what somebody else wrote there', () => {
    const kept = storage()
    kept.setItem('uhub.recent.ann', '{oops')
    expect(readRecents('ann', kept)).toEqual([])
    kept.setItem('uhub.recent.ann', '["a", 3]')
    expect(readRecents('ann', kept)).toEqual(['a'])
  })
})
