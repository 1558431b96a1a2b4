import type { MessageContext, MessageFunction } from 'vue-i18n'

/** Messages as they are written: by feature, however deep. */
export interface Messages { [key: string]: string | Messages }
interface Compiled { [key: string]: MessageFunction | Compiled }

const shown = (value: unknown) => (value === null || value === undefined ? '' : String(value))

/** One form of a message, with what `{…}` names. */
function form(text: string): (context: MessageContext) => string {
  // Every other part is a name.
  const parts = text.split(/\{(\w+)\}/)
  if (parts.length === 1) return () => text
  return ({ named }) => parts.map((part, index) => (index % 2 === 0 ? part : shown(named(part)))).join('')
}

function made(text: string): MessageFunction {
  const forms = text.split(/\s*\|\s*/).map(form)
  const [only] = forms
  return forms.length === 1 && only ? only : (context: MessageContext) => context.plural(forms.map((one) => one(context)))
}

/** Most messages are never said: each is made when it is. */
function message(text: string): MessageFunction {
  let known: MessageFunction | undefined
  return (context: MessageContext) => (known ??= made(text))(context)
}

/**
 * Messages as the functions that vue-i18n takes as well. Ours are plain text, `{name}`, and forms by count between `|`: the library's
 * own compiler knows more, weighs as much as all the words, and takes longer than all else that is done with them.
 */
export function compile(messages: Messages): Compiled {
  return Object.fromEntries(Object.entries(messages).map(([key, one]) => [key, typeof one === 'string' ? message(one) : compile(one)]))
}

/** `../en/jobs.json` → `jobs`: a file's messages are found under its name. */
export function byFeature(files: Record<string, Messages>): Messages {
  return Object.fromEntries(
    Object.entries(files).map(([path, messages]) => [path.slice(path.lastIndexOf('/') + 1, -'.json'.length), messages]),
  )
}
