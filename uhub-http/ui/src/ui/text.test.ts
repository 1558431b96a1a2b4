import { describe, expect, it } from 'vitest'
import { fold, initials, plain, plainLine } from './text'

describe('plain', () => {
  it('shows what would turn or hide text', () => {
    expect(plain('a\u202eb')).toBe('a⟨U+202E⟩b')
    expect(plain('pay\u200bpal')).toBe('pay⟨U+200B⟩pal')
    expect(plain('\u0007\u001b[31m')).toBe('⟨U+0007⟩⟨U+001B⟩[31m')
    expect(plain('x\u{e0041}')).toBe('x⟨U+E0041⟩')
  })

  it('leaves ordinary text, lines and emoji alone', () => {
    for (const text of ['Déploiement – staging', 'a\n\tb', '👩‍💻', 'שלום', '日本']) expect(plain(text)).toBe(text)
  })

  it('does not let its own placeholder in', () => {
    expect(plain('a\ufdd0b')).toBe('ab')
  })
})

describe('plainLine', () => {
  it('keeps one line', () => {
    expect(plainLine('a \n  b\tc')).toBe('a b c')
  })
})

describe('initials', () => {
  it('takes two words, or two letters of one', () => {
    expect(initials('Projet Pilote App X')).toBe('PP')
    expect(initials('Infra K3s')).toBe('IK')
    expect(initials('écho')).toBe('ÉC')
    expect(initials('\u202e')).toBe('?')
    expect(initials('')).toBe('?')
  })
})

describe('fold', () => {
  it('forgets case and accents', () => {
    expect(fold('Équipe')).toBe('equipe')
  })
})
