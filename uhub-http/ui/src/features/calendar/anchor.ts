/** Where something opens beside, and where the focus goes back to. */
export interface Anchor {
  getBoundingClientRect: () => DOMRect
  focus?: () => void
}

/** Beside an element; where it stood last, once it is drawn anew or gone. */
export function atElement(element: HTMLElement, again?: () => HTMLElement | null): Anchor {
  let last = element.getBoundingClientRect()
  const there = () => (element.isConnected ? element : (again?.() ?? null))
  return {
    getBoundingClientRect() {
      last = there()?.getBoundingClientRect() ?? last
      return last
    },
    focus: () => there()?.focus({ preventScroll: true }),
  }
}

/** Beside a point of the window. */
export function atPoint(x: number, y: number, focus?: () => void): Anchor {
  return { getBoundingClientRect: () => new DOMRect(x, y, 0, 0), ...(focus ? { focus } : {}) }
}
