import { applySgr, PLAIN } from './style'

/** Where a style begins in a line, and which. A line without any is plain. */
export type Marks = readonly (readonly [at: number, style: number])[]

export type TakeLine = (text: string, marks: Marks) => void

const TAB = 8
/** A line is broken behind so many characters: the page could not show one of a megabyte. */
export const LONGEST = 4096
/** A sequence that is longer is none, and shown. */
const LONGEST_SEQUENCE = 256

const LF = 10
const CR = 13
const ESC = 27
/** Stands for what was taken out, so that nothing is hidden without a trace. */
const TRACE = '␛'

type Mode = 'text' | 'escape' | 'csi' | 'string' | 'string-escape' | 'charset'

/** Whether a character is anything but itself. */
function isSpecial(code: number): boolean {
  return code === LF || code === CR || code === ESC || code === 8 || code === 9 || code === 0x9b || code === 0x9d || code === 0x90
}

/**
 * Makes lines of the output of a program as a terminal would show it, as far as a log can: colours, and lines that were written
 * over again (progress bars). Whatever else steers terminals is inert. Output may be cut anywhere between two calls.
 */
export class LogParser {
  private mode: Mode = 'text'
  private sequence = ''
  private style = PLAIN
  private text = ''
  /** Per character; kept only for lines that have a style. */
  private styles: number[] | null = null
  private column = 0
  private hasPendingReturn = false

  constructor(private readonly take: TakeLine) {}

  /** The line that is not finished. */
  get open(): { text: string; marks: Marks } | null {
    return this.text === '' ? null : { text: this.text, marks: this.marks() }
  }

  write(chunk: string): void {
    let index = 0
    while (index < chunk.length) {
      if (this.mode === 'text') {
        let end = index
        while (end < chunk.length && !isSpecial(chunk.charCodeAt(end))) end += 1
        if (end > index) this.put(chunk.slice(index, end))
        if (end === chunk.length) return
        this.control(chunk.charCodeAt(end))
        index = end + 1
      } else {
        this.inSequence(chunk.charAt(index))
        index += 1
      }
    }
  }

  /** The output is at its end. */
  end(): void {
    if (this.mode !== 'text') this.show()
    if (this.text !== '') this.finish()
  }

  private control(code: number): void {
    if (code === LF) this.finish()
    else if (code === CR) this.hasPendingReturn = true
    else if (code === 9) this.put(' '.repeat(TAB - (this.cursor() % TAB)))
    else if (code === 8) this.column = Math.max(0, this.cursor() - 1)
    else if (code === ESC) this.begin('escape')
    else if (code === 0x9b) this.begin('csi')
    else this.begin('string')
  }

  private begin(mode: Mode): void {
    this.mode = mode
    this.sequence = ''
  }

  private inSequence(character: string): void {
    const code = character.charCodeAt(0)
    // Nothing reaches over the end of its line: else one unclosed sequence would hide the rest of the log.
    const isInString = this.mode === 'string' || this.mode === 'string-escape'
    if (code === LF || (code === ESC && !isInString)) {
      this.show()
      this.control(code)
      return
    }
    this.sequence += character
    if (this.mode === 'escape') {
      if (character === '[') this.mode = 'csi'
      else if (']PX^_'.includes(character)) this.mode = 'string'
      else if ('()*+-./#%'.includes(character)) this.mode = 'charset'
      else this.leave()
    } else if (this.mode === 'charset') this.leave()
    else if (this.mode === 'csi') {
      if (code >= 0x40 && code <= 0x7e) this.command(character)
      else if (code < 0x20 || code > 0x7e) this.show()
    } else if (this.mode === 'string') {
      if (code === 7 || code === 0x9c) this.hide()
      else if (code === ESC) this.mode = 'string-escape'
    } else if (character === '\\') this.hide()
    else this.show()
    if (this.mode !== 'text' && this.sequence.length > LONGEST_SEQUENCE) this.show()
  }

  private leave(): void {
    this.mode = 'text'
    this.sequence = ''
  }

  /** Takes a whole string sequence (a title, a link) out, and leaves a trace. */
  private hide(): void {
    this.leave()
    this.put(TRACE)
  }

  /** What turned out to be no sequence is text. */
  private show(): void {
    const text = this.sequence
    this.leave()
    this.put(TRACE + text)
  }

  private command(final: string): void {
    const parameters = this.sequence.replace(/^\[/, '').slice(0, -1)
    this.leave()
    if (final === 'm' && /^[\d;:]*$/.test(parameters)) {
      this.style = applySgr(this.style, parameters.split(/[;:]/).map((part) => (part === '' ? 0 : Number(part))))
    } else if (final === 'K') this.erase(parameters)
    else if (final === 'G') this.column = Math.max(0, Math.min(this.text.length, (Number(parameters) || 1) - 1))
  }

  private erase(parameters: string): void {
    const at = this.cursor()
    if (parameters === '' || parameters === '0') this.cut(at)
    else if (parameters === '2') this.cut(0)
    else if (parameters === '1') {
      const rest = this.text.slice(at)
      this.text = ' '.repeat(this.text.length - rest.length) + rest
    }
  }

  private cut(length: number): void {
    this.text = this.text.slice(0, length)
    this.styles?.splice(length)
    this.column = length
  }

  /** Where the next character goes; a carriage return counts from the next character on, so that CR LF ends a line as LF does. */
  private cursor(): number {
    if (this.hasPendingReturn) {
      this.hasPendingReturn = false
      this.column = 0
    }
    return this.column
  }

  private put(piece: string): void {
    const at = this.cursor()
    if (this.style !== PLAIN && this.styles === null) this.styles = new Array<number>(this.text.length).fill(PLAIN)
    if (at >= this.text.length) this.text += piece
    else this.text = this.text.slice(0, at) + piece + this.text.slice(at + piece.length)
    if (this.styles !== null) for (let index = 0; index < piece.length; index += 1) this.styles[at + index] = this.style
    this.column = at + piece.length
    while (this.text.length > LONGEST) this.breakOff()
  }

  private breakOff(): void {
    // Not between the halves of a character.
    const last = this.text.charCodeAt(LONGEST - 1)
    const length = last >= 0xd800 && last <= 0xdbff ? LONGEST - 1 : LONGEST
    const { text, styles } = this
    const rest = styles?.splice(length) ?? null
    this.text = text.slice(0, length)
    this.take(this.text, this.marks())
    this.text = text.slice(length)
    this.styles = rest
    this.column = Math.max(0, this.column - length)
  }

  private marks(): Marks {
    if (this.styles === null) return []
    const marks: [number, number][] = []
    let before = PLAIN
    this.styles.forEach((style, at) => {
      if (style !== before) marks.push([at, style])
      before = style
    })
    return marks
  }

  private finish(): void {
    this.take(this.text, this.marks())
    this.text = ''
    this.styles = null
    this.column = 0
    this.hasPendingReturn = false
  }
}
