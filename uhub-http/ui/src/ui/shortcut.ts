/** How the keys of a shortcut are called on this keyboard. */
const isApple = typeof navigator !== 'undefined' && /mac|iphone|ipad/i.test(navigator.platform)

const NAMES: Record<string, string> = {
  mod: isApple ? '⌘' : 'Ctrl',
  alt: isApple ? '⌥' : 'Alt',
  shift: '⇧',
  enter: '⏎',
  escape: 'Esc',
  arrowup: '↑',
  arrowdown: '↓',
  arrowleft: '←',
  arrowright: '→',
}

/** `mod+k` → `[['Ctrl', 'K']]`, `g c` → `[['G'], ['C']]`. */
export function shortcutKeys(shortcut: string): string[][] {
  return shortcut.split(' ').map((step) => step.split('+').map((key) => NAMES[key] ?? key.toUpperCase()))
}
