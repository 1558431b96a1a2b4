import { describe, expect, it } from 'vitest'
import { rowsWithin, startsOf } from './useRowWindow'

describe('rows in a window', () => {
  const starts = startsOf([44, 46, 46, 44, 46])

  it('lie one below the other', () => {
    expect(starts).toEqual([0, 44, 90, 136, 180, 226])
    expect(startsOf([])).toEqual([0])
  })

  it('are those that touch it', () => {
    expect(rowsWithin(starts, 0, 44)).toEqual({ first: 0, end: 1 })
    expect(rowsWithin(starts, 44, 137)).toEqual({ first: 1, end: 4 })
    expect(rowsWithin(starts, 43, 44.5)).toEqual({ first: 0, end: 2 })
    expect(rowsWithin(starts, 180, 1000)).toEqual({ first: 4, end: 5 })
  })

  it('are none where there are none, or all are above', () => {
    expect(rowsWithin([0], 0, 500)).toEqual({ first: 0, end: 0 })
    expect(rowsWithin(starts, 226, 500)).toEqual({ first: 5, end: 5 })
  })
})
