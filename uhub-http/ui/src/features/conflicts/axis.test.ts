import { describe, expect, it } from 'vitest'
import { boxes, foldAxis, place, ticks } from './axis'

const at = (text: string) => Date.parse(`2026-11-${text}Z`)
const span = (start: string, end: string) => ({ start: at(start), end: at(end) })

describe('the folded axis', () => {
  it('is one segment with air around what lies close together', () => {
    const axis = foldAxis([span('24T08:00', '24T09:00'), span('24T10:00', '24T11:00')])
    expect(axis).toEqual([{ from: at('24T07:45'), to: at('24T11:15'), x: 0, width: 1 }])
  })

  it('folds the empty time between, and fills the width', () => {
    const axis = foldAxis([span('24T08:00', '24T09:00'), span('26T10:00', '26T11:00')])
    expect(axis).toHaveLength(2)
    const [first, second] = axis
    expect(first?.x).toBe(0)
    expect((second?.x ?? 0) + (second?.width ?? 0)).toBeCloseTo(1)
    expect(second?.x).toBeGreaterThan(first?.width ?? 1)
  })

  it('gives a short segment beside a long one enough to be read', () => {
    const axis = foldAxis([span('01T00:00', '11T00:00'), span('28T10:00', '28T10:15')])
    expect(axis[1]?.width).toBeGreaterThanOrEqual(0.13)
    expect(axis.reduce((sum, { width }) => sum + width, 0)).toBeLessThanOrEqual(1)
  })

  it('stays within the width with many segments', () => {
    const days = Array.from({ length: 20 }, (_, day) => span(`${String(day + 1).padStart(2, '0')}T08:00`, `${String(day + 1).padStart(2, '0')}T09:00`))
    const axis = foldAxis(days)
    expect(axis).toHaveLength(20)
    const last = axis.at(-1)
    expect((last?.x ?? 0) + (last?.width ?? 0)).toBeCloseTo(1)
  })

  it('has nothing without spans, and no use for empty ones', () => {
    expect(foldAxis([])).toEqual([])
    expect(foldAxis([span('24T08:00', '24T08:00')])).toEqual([])
  })

  const axis = foldAxis([span('24T08:00', '24T12:00'), span('28T08:00', '28T12:00')])

  it('places instants, and none inside of a fold', () => {
    expect(place(axis, at('24T07:00'))).toBe(0)
    expect(place(axis, at('28T13:00'))).toBeCloseTo(1)
    expect(place(axis, at('26T00:00'))).toBeNull()
  })

  it('cuts a long span at the folds', () => {
    expect(boxes(axis, span('20T00:00', '30T00:00'))).toHaveLength(2)
    expect(boxes(axis, span('25T00:00', '26T00:00'))).toEqual([])
    const [box] = boxes(axis, span('24T08:00', '24T12:00'))
    expect(box?.x).toBeGreaterThan(0)
    expect(box?.width).toBeCloseTo((4 / 6) * (axis[0]?.width ?? 0))
  })

  it('has round hours as ticks, as many as fit', () => {
    const [segment] = axis
    if (!segment) throw new Error('no segment')
    const marks = ticks(segment, at('24T00:00'), 12)
    expect(marks.length).toBeGreaterThan(1)
    expect(marks.length).toBeLessThanOrEqual(6)
    for (const mark of marks) expect((mark.at - at('24T00:00')) % 3_600_000).toBe(0)
  })
})
