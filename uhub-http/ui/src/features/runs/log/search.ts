import { BLOCK, type LineStore } from './store'

export interface Match {
  line: number
  from: number
  to: number
}

/** More are not counted: nobody goes through them. */
export const MOST = 100_000
/** Blocks that are searched before the page gets its turn. */
const AT_ONCE = 64

function pattern(query: string): RegExp {
  return new RegExp(query.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'giu')
}

/** Finds a text in a log, whatever its case, and goes on as the log grows. */
export class LogSearch {
  readonly query: string
  private readonly pattern: RegExp
  /** Line, from, to; line, from, to; … */
  private found: number[] = []
  private searched = 0

  constructor(
    private readonly store: LineStore,
    query: string,
  ) {
    this.query = query
    this.pattern = pattern(query)
  }

  get count(): number {
    return this.found.length / 3
  }

  get isFull(): boolean {
    return this.count >= MOST
  }

  match(index: number): Match | null {
    const [line, from, to] = this.found.slice(index * 3, index * 3 + 3)
    return line === undefined || from === undefined || to === undefined ? null : { line, from, to }
  }

  /** The first match at or below a line; the first of all where there is none. */
  nearest(line: number): number {
    const index = this.firstFrom(line)
    return index < this.count ? index : 0
  }

  inLine(line: number): Match[] {
    const matches: Match[] = []
    for (let index = this.firstFrom(line); ; index += 1) {
      const match = this.match(index)
      if (match === null || match.line !== line) return matches
      matches.push(match)
    }
  }

  /** Searches some of what is new. @returns whether there is more to search */
  step(): boolean {
    const end = this.store.finished
    for (let blocks = 0; blocks < AT_ONCE && this.searched < end && !this.isFull; blocks += 1) this.searchPiece()
    return this.searched < end && !this.isFull
  }

  private searchPiece(): void {
    const number = Math.floor(this.searched / BLOCK)
    const piece = this.store.piece(number)
    if (piece === null) return
    let line = this.searched - number * BLOCK
    this.pattern.lastIndex = piece.starts[line] ?? 0
    for (let hit = this.pattern.exec(piece.text); hit !== null && !this.isFull; hit = this.pattern.exec(piece.text)) {
      while ((piece.starts[line + 1] ?? Infinity) <= hit.index) line += 1
      const start = piece.starts[line] ?? 0
      this.found.push(number * BLOCK + line, hit.index - start, hit.index - start + hit[0].length)
    }
    this.searched = number * BLOCK + piece.lines
  }

  private firstFrom(line: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.found[middle * 3] ?? 0) < line) low = middle + 1
      else high = middle
    }
    return low
  }
}
