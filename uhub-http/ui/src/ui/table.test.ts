import { describe, expect, it } from 'vitest'
import { nextSort, sorted } from './table'

describe('tables', () => {
  it('turn the order at a second press', () => {
    const first = nextSort(null, 'name')
    expect(first).toEqual({ key: 'name', direction: 'asc' })
    expect(nextSort(first, 'name').direction).toBe('desc')
    expect(nextSort(first, 'size')).toEqual({ key: 'size', direction: 'asc' })
  })

  it('sort numbers by size and texts as people do', () => {
    const rows = [{ name: 'job 10', size: 2 }, { name: 'Élan', size: 10 }, { name: 'job 9', size: 1 }]
    const by = (key: 'name' | 'size', direction: 'asc' | 'desc') => sorted(rows, { key, direction }, (row, k) => row[k]).map((row) => row.name)
    expect(by('name', 'asc')).toEqual(['Élan', 'job 9', 'job 10'])
    expect(by('size', 'desc')).toEqual(['Élan', 'job 10', 'job 9'])
  })
})
