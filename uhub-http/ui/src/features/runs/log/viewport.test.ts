import { describe, expect, it } from 'vitest'
import { afterScroll, at, barHeight, HIGHEST, visibleRows } from './viewport'

const ROW = 20
const small = { content: 200 * ROW, view: 400 }
const huge = { content: 1_000_000 * ROW, view: 600 }
const most = huge.content - huge.view
const bar = HIGHEST - huge.view

describe('viewport', () => {
  it('is the bar itself where the browser can show all', () => {
    expect(afterScroll({ bar: 0, top: 0 }, 123, small)).toEqual({ bar: 123, top: 123 })
    expect(visibleRows({ bar: 1000, top: 1000 }, small, 200, ROW)).toEqual({ first: 44, count: 32, offset: 880 })
  })

  it('never needs an element that is too high', () => {
    expect(barHeight(huge)).toBe(HIGHEST)
  })

  it('goes pixel by pixel by wheel, and by share with the bar, to the very ends', () => {
    const middle = at(10_000_000, huge)
    expect(middle.top).toBe(10_000_000)
    expect(afterScroll(middle, middle.bar + 100, huge).top).toBe(10_000_100)
    expect(afterScroll(middle, bar / 2, huge).top).toBeCloseTo(10_000_100, -5)
    expect(afterScroll(middle, bar, huge).top).toBe(most)
    expect(afterScroll(middle, 0, huge).top).toBe(0)
    const dragged = afterScroll({ bar: 0, top: 0 }, bar / 4, huge)
    expect(dragged.top).toBeCloseTo(most / 4, 0)
    expect(at(huge.content, huge)).toEqual({ bar, top: most })
  })

  it('draws the rows where they are seen', () => {
    const place = at(10_000_005, huge)
    const rows = visibleRows(place, huge, 1_000_000, ROW)
    expect(rows.first).toBe(500_000 - 6)
    // The row at the top begins 5 pixels above what is seen.
    expect(rows.offset + 6 * ROW).toBe(place.bar - 5)
  })
})
