import { describe, expect, it } from 'vitest'
import { safeNext } from './router'

describe('where sign-in leads to', () => {
  it('is inside of the app', () => {
    expect(safeNext('/jobs/1?tab=runs')).toBe('/jobs/1?tab=runs')
    for (const evil of ['//evil.example', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', '', undefined, ['/a']]) {
      expect(safeNext(evil)).toBe('/')
    }
  })
})
