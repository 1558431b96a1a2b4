import { describe, expect, it } from 'vitest'
import { createMatcher, keyName, SEQUENCE_MS } from './shortcuts'

const press = (key: string, more: Partial<Parameters<typeof keyName>[0]> = {}) =>
  keyName({ key, ctrlKey: false, metaKey: false, altKey: false, ...more })

describe('keys', () => {
  it('have the names that commands use', () => {
    expect(press('K', { ctrlKey: true })).toBe('mod+k')
    expect(press('k', { metaKey: true })).toBe('mod+k')
    expect(press('?')).toBe('?')
    expect(press(' ')).toBe('space')
    expect(press('Shift')).toBeNull()
    expect(press('@', { ctrlKey: true, altKey: true })).toBe('@')
  })
})

describe('sequences', () => {
  const all = ['g c', 'g j', 'c', '?', 'mod+k']
  const matcher = () => createMatcher((one) => all.includes(one), (keys) => all.some((one) => one.startsWith(keys)))

  it('are found key by key', () => {
    const feed = matcher()
    expect(feed('g', 0)).toBeNull()
    expect(feed('c', 100)).toBe('g c')
    expect(feed('c', 200)).toBe('c')
  })

  it('end when it takes too long, or when another key comes', () => {
    const feed = matcher()
    feed('g', 0)
    expect(feed('c', SEQUENCE_MS + 1)).toBe('c')
    feed('g', 5000)
    expect(feed('?', 5100)).toBe('?')
    feed('g', 6000)
    expect(feed('g', 6100)).toBeNull()
    expect(feed('j', 6200)).toBe('g j')
  })
})
