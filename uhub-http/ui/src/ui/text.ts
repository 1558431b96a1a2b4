/** Control characters other than tab and line feed, bidi controls, and characters without width. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu

/** Joins emoji and letters of some scripts; harmless between two visible characters. */
const JOINER = /(?<=\p{Extended_Pictographic}\ufe0f?)\u200d(?=\p{Extended_Pictographic})/gu

const HOLD = '\ufdd0'

/**
 * A user's text with what the eye would miss made visible: a name must not be able to look like another, nor turn the words
 * around it. `a‮b` becomes `a⟨U+202E⟩b`.
 */
export function plain(text: string): string {
  return text
    .replaceAll(HOLD, '')
    .replace(JOINER, HOLD)
    .replace(UNSEEN, (character) => {
      const code = character.codePointAt(0) ?? 0
      return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`
    })
    .replaceAll(HOLD, '\u200d')
}

/** `plain`, in one line: line feeds and tabs become spaces. */
export function plainLine(text: string): string {
  return plain(text.replace(/\s*[\r\n\t]+\s*/g, ' '))
}

/** One or two letters that stand for a name: `Projet Pilote App X` → `PP`. */
export function initials(name: string): string {
  const words = plain(name)
    .replace(/⟨U\+[0-9A-F]+⟩/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean)
  const first = [...(words[0] ?? '')]
  const second = [...(words[1] ?? '')]
  const letters = second.length > 0 ? [first[0], second[0]] : first.slice(0, 2)
  return letters.join('').toLocaleUpperCase() || '?'
}

/** Lower case without accents, for finding: `Équipe` is found by `equipe`. */
export function fold(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase()
}
