import { BLOCK, type LineStore } from './store'

export interface Row {
  line: number
  /** Which part of the line, where lines are wrapped. */
  part: number
}

/**
 * Which line is on which row of the page. A wrapped line takes several rows of the same height, so that nothing has to be
 * measured: the place of any of a million lines is known without the others being there.
 */
export class Layout {
  /** Rows up to the end of each whole block. */
  private ends: number[] = []

  /** @param columns characters of a row; 0 where lines are not wrapped */
  constructor(
    private readonly store: LineStore,
    readonly columns: number,
  ) {}

  get rows(): number {
    if (this.columns === 0) return this.store.length
    const whole = Math.floor(this.store.finished / BLOCK)
    this.measure(whole)
    return (this.ends[whole - 1] ?? 0) + this.count(whole * BLOCK, this.store.length)
  }

  rowAt(row: number): Row {
    if (this.columns === 0) return { line: row, part: 0 }
    this.measure(Math.floor(this.store.finished / BLOCK))
    let low = 0
    let high = this.ends.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.ends[middle] ?? 0) <= row) low = middle + 1
      else high = middle
    }
    let rest = row - (this.ends[low - 1] ?? 0)
    for (let line = low * BLOCK; line < this.store.length; line += 1) {
      const parts = this.parts(line)
      if (rest < parts) return { line, part: rest }
      rest -= parts
    }
    return { line: Math.max(0, this.store.length - 1), part: 0 }
  }

  rowOf(line: number, character = 0): number {
    if (this.columns === 0) return line
    const block = Math.floor(line / BLOCK)
    this.measure(Math.min(block, Math.floor(this.store.finished / BLOCK)))
    return (this.ends[block - 1] ?? 0) + this.count(block * BLOCK, line) + Math.floor(character / this.columns)
  }

  private parts(line: number): number {
    return Math.max(1, Math.ceil(this.store.lengthOf(line) / this.columns))
  }

  private count(from: number, to: number): number {
    let rows = 0
    for (let line = from; line < to; line += 1) rows += this.parts(line)
    return rows
  }

  private measure(blocks: number): void {
    for (let block = this.ends.length; block < blocks; block += 1) {
      this.ends.push((this.ends[block - 1] ?? 0) + this.count(block * BLOCK, (block + 1) * BLOCK))
    }
  }
}
