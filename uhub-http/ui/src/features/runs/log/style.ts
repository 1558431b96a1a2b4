/** How a stretch of a log looks, in one number: foreground and background as 0 (none) or 1–16, then one bit per attribute. */

export const PLAIN = 0

const BACKGROUND = 5
export const BOLD = 1 << 10
export const DIM = 1 << 11
export const ITALIC = 1 << 12
export const UNDERLINE = 1 << 13
export const STRIKE = 1 << 14
export const INVERSE = 1 << 15

export const foreground = (style: number): number => style & 31
export const background = (style: number): number => (style >> BACKGROUND) & 31
const withForeground = (style: number, color: number): number => (style & ~31) | color
const withBackground = (style: number, color: number): number => (style & ~(31 << BACKGROUND)) | (color << BACKGROUND)

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'] as const

/** The sixteen colours as terminals mix them, to find the nearest of a colour of their many. */
const MIXED: readonly (readonly [number, number, number])[] = [
  [0, 0, 0], [205, 0, 0], [0, 205, 0], [205, 205, 0], [0, 0, 238], [205, 0, 205], [0, 205, 205], [229, 229, 229],
  [127, 127, 127], [255, 0, 0], [0, 255, 0], [255, 255, 0], [92, 92, 255], [255, 0, 255], [0, 255, 255], [255, 255, 255],
]

function nearest(red: number, green: number, blue: number): number {
  let best = 0
  let least = Infinity
  MIXED.forEach(([r, g, b], index) => {
    const distance = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    if (distance < least) [best, least] = [index, distance]
  })
  return best + 1
}

/** One of the 256: the sixteen, a cube of 6 × 6 × 6, a ramp of greys. */
function ofPalette(index: number): number {
  if (index < 16) return index + 1
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10
    return nearest(grey, grey, grey)
  }
  const step = (part: number) => (part === 0 ? 0 : 55 + part * 40)
  const cube = index - 16
  return nearest(step(Math.floor(cube / 36)), step(Math.floor(cube / 6) % 6), step(cube % 6))
}

/** `38;5;n` and `38;2;r;g;b`. @returns the colour, and how many parameters it took; no colour where they are wrong */
function extended(parameters: readonly number[], at: number): [number | null, number] {
  const fits = (value: number | undefined): value is number => value !== undefined && value >= 0 && value <= 255
  if (parameters[at] === 5) {
    const index = parameters[at + 1]
    return [fits(index) ? ofPalette(index) : null, 2]
  }
  if (parameters[at] === 2) {
    const [red, green, blue] = parameters.slice(at + 1, at + 4)
    return [fits(red) && fits(green) && fits(blue) ? nearest(red, green, blue) : null, 4]
  }
  return [null, 1]
}

/** What `ESC [ … m` makes of a style. Hidden and blinking text are not hidden and do not blink. */
export function applySgr(style: number, parameters: readonly number[]): number {
  let now = style
  for (let index = 0; index < parameters.length; index += 1) {
    const code = parameters[index] ?? 0
    if (code === 0) now = PLAIN
    else if (code === 1) now |= BOLD
    else if (code === 2) now |= DIM
    else if (code === 3) now |= ITALIC
    else if (code === 4) now |= UNDERLINE
    else if (code === 7) now |= INVERSE
    else if (code === 9) now |= STRIKE
    else if (code === 21 || code === 22) now &= ~(BOLD | DIM)
    else if (code === 23) now &= ~ITALIC
    else if (code === 24) now &= ~UNDERLINE
    else if (code === 27) now &= ~INVERSE
    else if (code === 29) now &= ~STRIKE
    else if (code >= 30 && code <= 37) now = withForeground(now, code - 29)
    else if (code === 39) now = withForeground(now, 0)
    else if (code >= 40 && code <= 47) now = withBackground(now, code - 39)
    else if (code === 49) now = withBackground(now, 0)
    else if (code >= 90 && code <= 97) now = withForeground(now, code - 81)
    else if (code >= 100 && code <= 107) now = withBackground(now, code - 91)
    else if (code === 38 || code === 48) {
      const [color, taken] = extended(parameters, index + 1)
      index += taken
      if (color !== null) now = code === 38 ? withForeground(now, color) : withBackground(now, color)
    }
  }
  return now
}

function colorName(color: number): string {
  return color > 8 ? `bright-${NAMES[color - 9] ?? 'white'}` : (NAMES[color - 1] ?? 'white')
}

const ATTRIBUTES: readonly (readonly [number, string])[] = [
  [BOLD, 'bold'], [DIM, 'dim'], [ITALIC, 'italic'], [UNDERLINE, 'underline'], [STRIKE, 'strike'],
]

const known = new Map<number, string>()

/** Its classes. Text in the colour of its own ground would be hidden: then the ground goes. */
export function styleClasses(style: number): string {
  let classes = known.get(style)
  if (classes !== undefined) return classes
  const isInverse = (style & INVERSE) !== 0
  const front = isInverse ? background(style) : foreground(style)
  const back = isInverse ? foreground(style) : background(style)
  classes = [
    front > 0 ? `fg-${colorName(front)}` : '',
    back > 0 && back !== front ? `bg-${colorName(back)}` : '',
    isInverse && back === 0 ? 'inverse' : '',
    ...ATTRIBUTES.map(([bit, name]) => ((style & bit) !== 0 ? name : '')),
  ].filter(Boolean).join(' ')
  known.set(style, classes)
  return classes
}
