import { LogParser, type Marks } from './parser'
import { PLAIN } from './style'

export type Output = 'stdout' | 'stderr' | 'system'

/** Lines per block: a block's text is one string, so that a million lines are a thousand objects. */
export const BLOCK = 1024

export interface Line {
  text: string
  marks: Marks
  output: Output
}

interface Block {
  /** Its lines, each with a line feed behind it. */
  text: string
  /** Where each line begins in it; and where the last one ends. */
  starts: Uint32Array
  /** Pairs of place and style; each line begins plain. */
  marks: Uint32Array
  /** Pairs of line and output, where it is another one than before. */
  outputs: readonly (readonly [number, Output])[]
}

/** Gathers lines until they are a block. */
class Draft {
  readonly lines: string[] = []
  readonly starts: number[] = [0]
  readonly marks: number[] = []
  readonly outputs: [number, Output][] = []
  private last: Output = 'stdout'

  add(text: string, marks: Marks, output: Output): void {
    const start = this.starts[this.lines.length] ?? 0
    for (const [at, style] of marks) this.marks.push(start + at, style)
    if (output !== this.last) this.outputs.push([this.lines.length, output])
    this.last = output
    this.lines.push(text)
    this.starts.push(start + text.length + 1)
  }

  seal(): Block {
    return {
      text: `${this.lines.join('\n')}\n`,
      starts: Uint32Array.from(this.starts),
      marks: Uint32Array.from(this.marks),
      outputs: this.outputs,
    }
  }
}

function marksBetween(marks: ArrayLike<number>, from: number, to: number): Marks {
  let low = 0
  let high = marks.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if ((marks[middle * 2] ?? 0) < from) low = middle + 1
    else high = middle
  }
  const found: [number, number][] = []
  for (let index = low; index * 2 < marks.length; index += 1) {
    const at = marks[index * 2] ?? 0
    if (at >= to) break
    found.push([at - from, marks[index * 2 + 1] ?? PLAIN])
  }
  return found
}

/** The lines of a log, compactly: text once, in big strings, with numbers beside it. */
export class LineStore {
  private blocks: Block[] = []
  private draft = new Draft()
  private readonly parsers: Record<Output, LogParser>

  constructor() {
    const parser = (output: Output) => new LogParser((text, marks) => this.add(text, marks, output))
    this.parsers = { stdout: parser('stdout'), stderr: parser('stderr'), system: parser('system') }
  }

  /** Adds output as it came. What is no whole line yet is shown behind the others until it is one. */
  append(output: Output, chunk: string): void {
    this.parsers[output].write(chunk)
  }

  /** Nothing follows: what was no whole line is one now. */
  end(): void {
    for (const parser of Object.values(this.parsers)) parser.end()
  }

  get length(): number {
    return this.finished + this.openLines().length
  }

  /** How many lines are whole: these change no more. */
  get finished(): number {
    return this.blocks.length * BLOCK + this.draft.lines.length
  }

  line(index: number): Line {
    const block = this.blocks[Math.floor(index / BLOCK)]
    const at = index % BLOCK
    if (block) {
      const start = block.starts[at] ?? 0
      const end = (block.starts[at + 1] ?? start + 1) - 1
      return { text: block.text.slice(start, end), marks: marksBetween(block.marks, start, end), output: outputAt(block.outputs, at) }
    }
    if (at < this.draft.lines.length && index < this.finished) {
      const start = this.draft.starts[at] ?? 0
      const text = this.draft.lines[at] ?? ''
      return { text, marks: marksBetween(this.draft.marks, start, start + text.length), output: outputAt(this.draft.outputs, at) }
    }
    return this.openLines()[index - this.finished] ?? { text: '', marks: [], output: 'stdout' }
  }

  /** How long a line is, without making it. */
  lengthOf(index: number): number {
    const block = this.blocks[Math.floor(index / BLOCK)]
    const at = index % BLOCK
    if (block) return (block.starts[at + 1] ?? 1) - (block.starts[at] ?? 0) - 1
    if (index < this.finished) return this.draft.lines[at]?.length ?? 0
    return this.line(index).text.length
  }

  /** Whole lines in pieces, for who reads through all of them: the text, and where each line begins in it. */
  piece(number: number): { text: string; starts: ArrayLike<number>; lines: number } | null {
    const block = this.blocks[number]
    if (block) return { text: block.text, starts: block.starts, lines: BLOCK }
    if (number > this.blocks.length || this.draft.lines.length === 0) return null
    return { text: `${this.draft.lines.join('\n')}\n`, starts: this.draft.starts, lines: this.draft.lines.length }
  }

  /** All of it as text, without colours. */
  text(): string {
    const open = this.openLines().map((line) => line.text)
    return [...this.blocks.map((block) => block.text), ...this.draft.lines.map((line) => `${line}\n`), ...open].join('')
  }

  private add(text: string, marks: Marks, output: Output): void {
    this.draft.add(text, marks, output)
    if (this.draft.lines.length === BLOCK) {
      this.blocks.push(this.draft.seal())
      this.draft = new Draft()
    }
  }

  private openLines(): Line[] {
    return (Object.keys(this.parsers) as Output[]).flatMap((output) => {
      const open = this.parsers[output].open
      return open === null ? [] : [{ ...open, output }]
    })
  }
}

function outputAt(outputs: readonly (readonly [number, Output])[], line: number): Output {
  let found: Output = 'stdout'
  for (const [from, output] of outputs) {
    if (from > line) break
    found = output
  }
  return found
}
