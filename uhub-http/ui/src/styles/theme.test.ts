import { describe, expect, it } from 'vitest'
import css from './theme.css?raw'

type Rgb = [number, number, number]
type Rgba = [...Rgb, number]

function tokens(theme: 'dark' | 'light'): Map<string, string> {
  const block = new RegExp(`\\[data-theme='${theme}'\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? ''
  return new Map([...block.matchAll(/--([\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name ?? '', value ?? '']))
}

function parse(value: string): Rgba {
  const hex = /^#([0-9a-f]{6})$/i.exec(value)?.[1]
  if (hex) return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16)).concat(1) as Rgba
  const rgb = /^rgb\((\d+) (\d+) (\d+) \/ ([\d.]+)\)$/.exec(value)
  if (!rgb) throw new Error(`not a colour: ${value}`)
  return rgb.slice(1).map(Number) as Rgba
}

/** What is seen of a colour that lets some of the ground through. */
function over([r, g, b, a]: Rgba, ground: Rgb): Rgb {
  return [r, g, b].map((channel, at) => channel * a + (ground[at] ?? 0) * (1 - a)) as Rgb
}

function luminance(color: Rgb): number {
  const [r, g, b] = color.map((channel) => {
    const part = channel / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  }) as Rgb
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(one: Rgb, other: Rgb): number {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number]
  return (light + 0.05) / (dark + 0.05)
}

describe.each(['dark', 'light'] as const)('%s', (theme) => {
  const all = tokens(theme)
  const get = (name: string): string => {
    const value = all.get(name)
    if (value === undefined) throw new Error(`--${name} is missing`)
    return value
  }
  const base = parse(get('bg')).slice(0, 3) as Rgb
  const solid = (name: string): Rgb => over(parse(get(name)), base)

  const grounds: [string, Rgb][] = ['bg', 'surface-1', 'surface-2', 'surface-3'].map((name) => [name, solid(name)])
  // The brightest spot of the aurora, seen through a panel.
  const glow: Rgb = theme === 'dark' ? over([0, 255, 0, 0.2], base) : over([0, 204, 136, 0.18], base)
  grounds.push(['panel over the aurora', over(parse(get('panel')), glow)])
  grounds.push(['hover', over(parse(get('hover')), solid('surface-2'))])

  const texts = ['text', 'text-2', 'text-3', 'accent-text', 'danger-text', 'warning-text', 'info-text', 'success-text']
  it.each(texts)('--%s reads on every ground', (name) => {
    for (const [ground, color] of grounds) {
      expect(contrast(over(parse(get(name)), color), color), `${name} on ${ground}`).toBeGreaterThanOrEqual(4.5)
    }
  })

  it.each(['accent', 'danger', 'info', 'success', 'warning'])('--%s-text reads on --%s-soft', (name) => {
    expect(contrast(solid(`${name}-text`), solid(`${name}-soft`))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['accent', 'accent-hover'])('ink reads on --%s', (name) => {
    expect(contrast(solid('accent-ink'), solid(name))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['danger', 'danger-hover'])('ink reads on --%s', (name) => {
    expect(contrast(solid('danger-ink'), solid(name))).toBeGreaterThanOrEqual(4.5)
  })

  it.each(['line-control', 'focus', 'danger', 'warning', 'info', 'success'])('--%s is seen as a boundary', (name) => {
    for (const [ground, color] of grounds.slice(0, 3)) {
      expect(contrast(over(parse(get(name)), color), color), `${name} on ${ground}`).toBeGreaterThanOrEqual(3)
    }
  })
})

it('declares the same tokens for both themes', () => {
  expect([...tokens('light').keys()]).toEqual([...tokens('dark').keys()])
})
