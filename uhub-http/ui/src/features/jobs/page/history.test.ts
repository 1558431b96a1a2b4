import { describe, expect, it } from 'vitest'
import { historyDetail } from './history'

const slot = (start: string, end: string) => `${start}–${end}`

describe('a detail of the history', () => {
  it('is one line, with slots in words', () => {
    expect(historyDetail({ job_type: 'ops', slot: { start: '1', end: '2' }, reason: null, of: ['a', 'b'], empty: {} }, slot)).toBe('job type: ops · slot: 1–2 · of: a, b')
    expect(historyDetail({ to: { slot: { start: '3', end: '4' } } }, slot)).toBe('to: slot: 3–4')
    expect(historyDetail({}, slot)).toBe('')
    expect(historyDetail(null, slot)).toBe('')
  })

  it('stays short and plain', () => {
    expect(historyDetail({ title: 'a\u202eb\nc' }, slot)).toBe('title: a⟨U+202E⟩b c')
    expect(historyDetail({ title: 'x'.repeat(400) }, slot)).toHaveLength(301)
  })
})
