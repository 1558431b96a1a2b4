import type { Ref } from 'vue'
import type { Option } from './options'
import { fold } from './text'

/** After so long without a key the next one begins anew. */
const PAUSE_MS = 1000

/** The option that is meant by what was typed. One letter, also several times, goes from one that begins with it to the next. */
export function optionFor<V extends string>(options: readonly Option<V>[], typed: string, current: V | null): Option<V> | undefined {
  const letters = [...fold(typed)]
  const isOne = letters.every((letter) => letter === letters[0])
  const beginning = isOne ? letters[0] : letters.join('')
  if (beginning === undefined) return undefined
  const chosen = options.findIndex(({ value }) => value === current)
  // What is chosen stays for as long as it fits.
  const first = isOne ? chosen + 1 : Math.max(chosen, 0)
  return [...options.slice(first), ...options.slice(0, first)].find(({ label, disabled }) => !disabled && fold(label).startsWith(beginning))
}

/** Listeners by which keys that are typed at a closed list choose from it, as at a list of the browser's. */
export function useTypeahead<V extends string>(options: () => readonly Option<V>[], model: Ref<V | null>) {
  let typed = ''
  let last = 0

  function onKeydown(event: KeyboardEvent): void {
    const { key, ctrlKey, altKey, metaKey, timeStamp } = event
    if (timeStamp - last > PAUSE_MS) typed = ''
    // Ctrl and Alt together are AltGr, by which some keyboards write letters.
    const isCommand = metaKey || ctrlKey !== altKey
    if ([...key].length !== 1 || isCommand || event.isComposing || event.defaultPrevented) return
    // Between letters a space is one of them; alone it opens.
    if (key === ' ' && typed === '') return
    event.preventDefault()
    typed += key
    last = timeStamp
    const found = optionFor(options(), typed, model.value)
    if (found && found.value !== model.value) model.value = found.value
  }

  /** Some browsers press a button when the space bar is let go, whatever became of its being pressed. */
  function onKeyup(event: KeyboardEvent): void {
    if (event.key === ' ' && typed !== '') event.preventDefault()
  }

  return { onKeydown, onKeyup }
}
