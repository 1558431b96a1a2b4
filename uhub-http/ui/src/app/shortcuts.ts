/** Keys as commands name them: `mod+k`, `?`, `g c`. `mod` is Ctrl, or Cmd on Apple's keyboards. */

export interface KeyPress {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

/** The keys of a sequence must not be further apart. */
export const SEQUENCE_MS = 1000

/** What was pressed, in the words of shortcuts. `null`: a modifier alone. */
export function keyName({ key, ctrlKey, metaKey, altKey }: KeyPress): string | null {
  if (['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'CapsLock', 'Dead'].includes(key)) return null
  // With AltGr a keyboard types characters by Ctrl+Alt: that is the character.
  const isCharacter = key.length === 1 && ctrlKey && altKey
  const mod = (ctrlKey || metaKey) && !isCharacter ? 'mod+' : ''
  const alt = altKey && !isCharacter ? 'alt+' : ''
  return mod + alt + (key === ' ' ? 'space' : key.toLowerCase())
}

/** Finds shortcuts in what is typed, one key after the other. */
export function createMatcher(isKnown: (shortcut: string) => boolean, isBeginning: (keys: string) => boolean) {
  let pending = ''
  let since = 0
  return (name: string, at: number): string | null => {
    const keys = pending && at - since <= SEQUENCE_MS ? `${pending} ${name}` : name
    pending = ''
    for (const candidate of keys === name ? [name] : [keys, name]) {
      if (isKnown(candidate)) return candidate
      if (isBeginning(`${candidate} `)) {
        pending = candidate
        since = at
        return null
      }
    }
    return null
  }
}

const TYPING = 'input, textarea, select, [contenteditable]:not([contenteditable="false"]), [role="textbox"], [role="combobox"]'

/** Single keys belong to who is typing; with a modifier they are ours everywhere. */
export function isForTyping(target: EventTarget | null, name: string): boolean {
  if (name.startsWith('mod+')) return false
  return target instanceof Element && target.closest(TYPING) !== null
}

/** Inside of menus, lists and dialogs a letter means something of theirs. */
export function isInsideOverlay(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]') !== null
}
