/**
 * What part of a very high content is seen. Browsers cap the height of an element (Firefox at 17.9 million pixels), so above
 * `HIGHEST` the scrollbar stands for more than its own pixels: small movements go pixel by pixel, a drag of the bar goes by share.
 */

export const HIGHEST = 8_000_000

export interface Viewport {
  /** Where the bar stands. */
  bar: number
  /** Which pixel of the content is at the top. */
  top: number
}

export interface Extent {
  /** Pixels of the whole content. */
  content: number
  /** Pixels that are seen. */
  view: number
}

const furthest = ({ content, view }: Extent): number => Math.max(0, content - view)

/** How high the element is that makes the bar. */
export function barHeight({ content }: Extent): number {
  return Math.min(content, HIGHEST)
}

function furthestBar(extent: Extent): number {
  return Math.max(0, barHeight(extent) - extent.view)
}

/** The bar has been moved, by a wheel, a key or a drag. */
export function afterScroll(before: Viewport, bar: number, extent: Extent): Viewport {
  const most = furthest(extent)
  if (extent.content <= HIGHEST) return { bar, top: Math.min(bar, most) }
  const mostBar = furthestBar(extent)
  if (bar <= 0) return { bar, top: 0 }
  if (bar >= mostBar - 1) return { bar, top: most }
  const moved = bar - before.bar
  // More than what a page key moves: somebody dragged the bar.
  if (Math.abs(moved) > extent.view * 1.5) return { bar, top: (bar / mostBar) * most }
  return { bar, top: Math.min(most, Math.max(0, before.top + moved)) }
}

/** Where the bar belongs for a place in the content. */
export function at(top: number, extent: Extent): Viewport {
  const most = furthest(extent)
  const clamped = Math.min(most, Math.max(0, top))
  if (extent.content <= HIGHEST) return { bar: clamped, top: clamped }
  return { bar: Math.round((clamped / most) * furthestBar(extent)), top: clamped }
}

export interface Rows {
  first: number
  count: number
  /** Where the first is drawn, within the element that makes the bar. */
  offset: number
}

const OVERSCAN = 6

/** The rows to put into the page. */
export function visibleRows({ bar, top }: Viewport, { view }: Extent, rows: number, height: number): Rows {
  const first = Math.max(0, Math.floor(top / height) - OVERSCAN)
  const last = Math.min(rows, Math.ceil((top + view) / height) + OVERSCAN)
  return { first, count: Math.max(0, last - first), offset: bar + first * height - top }
}
