import { describe, expect, it } from 'vitest'
import { Layout } from './layout'
import { LogSearch } from './search'
import { segments } from './segments'
import { BLOCK, LineStore } from './store'
import { applySgr } from './style'

function storeOf(lines: number, line: (index: number) => string): LineStore {
  const store = new LineStore()
  for (let from = 0; from < lines; from += 5000) {
    let chunk = ''
    for (let index = from; index < Math.min(lines, from + 5000); index += 1) chunk += `${line(index)}\n`
    store.append('stdout', chunk)
  }
  return store
}

describe('LineStore', () => {
  it('gives back lines, colours and outputs over block borders', () => {
    const store = storeOf(BLOCK * 2 + 7, (index) => (index % 2 ? `line \x1b[32m${index}\x1b[0m` : `line ${index}`))
    expect(store.length).toBe(BLOCK * 2 + 7)
    for (const index of [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK * 2, BLOCK * 2 + 6]) {
      const line = store.line(index)
      expect(line.text).toBe(`line ${index}`)
      expect(line.marks).toEqual(index % 2 ? [[5, applySgr(0, [32])]] : [])
      expect(store.lengthOf(index)).toBe(line.text.length)
    }
  })

  it('shows what is no whole line yet, of each output on its own', () => {
    const store = new LineStore()
    store.append('stdout', 'half')
    store.append('stderr', 'bad\n')
    expect([store.finished, store.length]).toEqual([1, 2])
    expect(store.line(0)).toMatchObject({ text: 'bad', output: 'stderr' })
    expect(store.line(1)).toMatchObject({ text: 'half', output: 'stdout' })
    store.append('stdout', ' and half\n')
    expect(store.line(1).text).toBe('half and half')
    store.append('system', 'stopped')
    store.end()
    expect([store.finished, store.line(2).output]).toEqual([3, 'system'])
    expect(store.text()).toBe('bad\nhalf and half\nstopped\n')
  })

  it('holds a million lines, and finds any of them', () => {
    const count = 1_000_000
    const store = storeOf(count, (index) => `2026-11-22T10:00:00Z worker[${index % 8}] \x1b[3${index % 8}mstep\x1b[0m ${index}`)
    expect(store.length).toBe(count)
    expect(store.line(999_999).text).toBe('2026-11-22T10:00:00Z worker[7] step 999999')
    expect(store.line(512_345).marks).toHaveLength(2)
    const search = new LogSearch(store, 'STEP 99999')
    while (search.step());
    expect(search.count).toBe(11)
    expect(search.match(0)).toEqual({ line: 99_999, from: 31, to: 41 })
    const layout = new Layout(store, 20)
    expect(layout.rowAt(layout.rowOf(777_777, 25))).toEqual({ line: 777_777, part: 1 })
  }, 60_000)
})

describe('LogSearch', () => {
  it('goes on as the log grows, over block borders', () => {
    const store = storeOf(BLOCK + 3, (index) => `x.y ${index}`)
    const search = new LogSearch(store, 'X.Y')
    while (search.step());
    expect(search.count).toBe(BLOCK + 3)
    store.append('stdout', 'xay\nthe x.y x.y\n')
    while (search.step());
    expect(search.count).toBe(BLOCK + 5)
    expect(search.inLine(BLOCK + 4)).toEqual([
      { line: BLOCK + 4, from: 4, to: 7 },
      { line: BLOCK + 4, from: 8, to: 11 },
    ])
    expect(search.match(search.nearest(BLOCK + 3))?.line).toBe(BLOCK + 4)
    expect(search.nearest(BLOCK + 5)).toBe(0)
  })
})

describe('Layout', () => {
  it('gives a wrapped line as many rows as it needs', () => {
    const store = storeOf(BLOCK + 2, (index) => 'x'.repeat(index % 3 === 0 ? 25 : 5))
    const layout = new Layout(store, 10)
    let row = 0
    for (let line = 0; line < store.length; line += 1) {
      expect(layout.rowOf(line)).toBe(row)
      expect(layout.rowAt(row)).toEqual({ line, part: 0 })
      row += line % 3 === 0 ? 3 : 1
    }
    expect(layout.rows).toBe(row)
    expect(layout.rowAt(2)).toEqual({ line: 0, part: 2 })
    expect(new Layout(store, 0).rows).toBe(BLOCK + 2)
  })
})

describe('segments', () => {
  it('cut where looks or matches change, with bidi characters made visible', () => {
    const store = storeOf(1, () => 'ab\x1b[31mcd\u202eef\x1b[0mgh')
    const line = store.line(0)
    const match = { line: 0, from: 1, to: 4 }
    expect(segments(line, 0, line.text.length, [match], match)).toEqual([
      { text: 'a', classes: '', match: 'none' },
      { text: 'b', classes: '', match: 'current' },
      { text: 'cd', classes: 'fg-red', match: 'current' },
      { text: '⟨U+202E⟩ef', classes: 'fg-red', match: 'none' },
      { text: 'gh', classes: '', match: 'none' },
    ])
    expect(segments(line, 3, 5)).toEqual([{ text: 'd⟨U+202E⟩', classes: 'fg-red', match: 'none' }])
  })
})
