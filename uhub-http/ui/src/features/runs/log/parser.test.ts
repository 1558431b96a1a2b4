import { describe, expect, it } from 'vitest'
import { LogParser, LONGEST, type Marks } from './parser'
import { applySgr, background, BOLD, foreground, INVERSE, styleClasses, UNDERLINE } from './style'

function read(...chunks: string[]): { text: string; marks: Marks }[] {
  const lines: { text: string; marks: Marks }[] = []
  const parser = new LogParser((text, marks) => lines.push({ text, marks }))
  chunks.forEach((chunk) => parser.write(chunk))
  parser.end()
  return lines
}
const texts = (...chunks: string[]) => read(...chunks).map((line) => line.text)

describe('lines', () => {
  it('end at line feeds, with or without carriage returns, wherever the output was cut', () => {
    expect(texts('a\nb\r\n\nc')).toEqual(['a', 'b', '', 'c'])
    const whole = 'one\r\ntwo\x1b[31mred\x1b[0m\nthree\x1b]0;title\x07 end\n'
    const expected = read(whole)
    for (let cut = 0; cut <= whole.length; cut += 1) expect(read(whole.slice(0, cut), whole.slice(cut)), `cut at ${cut}`).toEqual(expected)
  })

  it('are written over again after a carriage return', () => {
    expect(texts('10%\r20%\r100%\n')).toEqual(['100%'])
    expect(texts('downloading 5 of 9\rdone\x1b[K\n')).toEqual(['done'])
    expect(texts('abcdef\rXY\n')).toEqual(['XYcdef'])
    expect(texts('abc\x1b[2K\rnew\n')).toEqual(['new'])
    expect(texts('spin |\b/\b-\n')).toEqual(['spin -'])
  })

  it('have tabs as spaces, and are broken where they are too long', () => {
    expect(texts('a\tb\n')).toEqual(['a       b'])
    const [first, second] = texts(`${'x'.repeat(LONGEST + 10)}\n`)
    expect([first?.length, second]).toEqual([LONGEST, 'x'.repeat(10)])
    const [cut] = texts(`${'x'.repeat(LONGEST - 1)}🚀y\n`)
    expect(cut).toBe('x'.repeat(LONGEST - 1))
  })
})

describe('colours', () => {
  it('go over line ends until they are taken back', () => {
    const red = applySgr(0, [31])
    expect(read('a\x1b[31mb\nc\x1b[0md\n')).toEqual([
      { text: 'ab', marks: [[1, red]] },
      { text: 'cd', marks: [[0, red], [1, 0]] },
    ])
  })

  it('are read with all their attributes', () => {
    expect(applySgr(0, [1, 4, 7])).toBe(BOLD | UNDERLINE | INVERSE)
    expect(foreground(applySgr(0, [96]))).toBe(15)
    expect(background(applySgr(0, [44]))).toBe(5)
    expect(foreground(applySgr(0, [38, 5, 196]))).toBe(10)
    expect(foreground(applySgr(0, [38, 2, 0, 200, 0]))).toBe(3)
    expect(applySgr(0, [38, 5, 999, 1])).toBe(BOLD)
    expect(applySgr(applySgr(0, [1, 31, 44]), [22, 39, 49])).toBe(0)
  })

  it('never hide text', () => {
    expect(applySgr(0, [8])).toBe(0)
    expect(styleClasses(applySgr(0, [31, 41]))).toBe('fg-red')
    expect(styleClasses(applySgr(0, [1, 97, 44]))).toBe('fg-bright-white bg-blue bold')
    expect(styleClasses(applySgr(0, [7]))).toBe('inverse')
    expect(styleClasses(applySgr(0, [7, 31]))).toBe('bg-red')
  })
})

describe('other sequences', () => {
  it('do nothing', () => {
    expect(texts('a\x1b[2J\x1b[10;10H\x1b[?25lb\x1b(Bc\x1b=d\n')).toEqual(['abcd'])
    expect(texts('\x9b31mx\n')).toEqual(['x'])
  })

  it('leave a trace where they carry text', () => {
    expect(texts('a\x1b]0;evil title\x07b\n')).toEqual(['a␛b'])
    expect(texts('\x1b]8;;https://evil.example\x1b\\here\x1b]8;;\x1b\\\n')).toEqual(['␛here␛'])
  })

  it('cannot hide what follows', () => {
    expect(texts('a\x1b]0;never closed\nnext\n')).toEqual(['a␛]0;never closed', 'next'])
    expect(texts(`\x1b]${'x'.repeat(300)}\n`)[0]).toContain('xxx')
    expect(texts('a\x1b[31\nb\n')).toEqual(['a␛[31', 'b'])
    expect(texts('end\x1b[')).toEqual(['end␛['])
  })
})
