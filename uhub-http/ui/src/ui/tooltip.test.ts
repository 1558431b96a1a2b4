import { describe, expect, it } from 'vitest'
import { place } from './tooltip'

const window = { width: 1000, height: 600 }
const box = { width: 100, height: 30 }
const at = (left: number, top: number, width = 40, height = 20) =>
  ({ left, top, width, height, right: left + width, bottom: top + height }) as DOMRectReadOnly

describe('a tooltip', () => {
  it('is on the side that is asked for, in the middle of it', () => {
    expect(place(at(480, 300), box, 'bottom', window)).toEqual({ x: 450, y: 326 })
    expect(place(at(480, 300), box, 'top', window)).toEqual({ x: 450, y: 264 })
    expect(place(at(480, 300), box, 'right', window)).toEqual({ x: 526, y: 295 })
    expect(place(at(480, 300), box, 'left', window)).toEqual({ x: 374, y: 295 })
  })

  it('goes to the other side where there is no room', () => {
    expect(place(at(480, 570), box, 'bottom', window)).toEqual({ x: 450, y: 534 })
    expect(place(at(480, 10), box, 'top', window)).toEqual({ x: 450, y: 36 })
    expect(place(at(950, 300), box, 'right', window)).toEqual({ x: 844, y: 295 })
  })

  it('stays within the window', () => {
    expect(place(at(2, 300), box, 'bottom', window).x).toBe(8)
    expect(place(at(970, 300), box, 'bottom', window).x).toBe(892)
    expect(place(at(0, 0, 1000, 600), box, 'bottom', window)).toEqual({ x: 450, y: 562 })
  })
})
