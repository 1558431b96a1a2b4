/** Messages as they are written: by feature, however deep. */
export interface Messages { [key: string]: string | Messages }

export type Values = Record<string, unknown>
/** A message as it is said: with what it names, and of its forms the one for the count. */
type Message = (values: Values, formFor: (forms: number) => number) => string

/** Which form of a message is for a count, of so many that it has. */
export type PluralRule = (count: number, forms: number) => number

/** One is singular. With three forms the first is for none. */
export const usualPlural: PluralRule = (count, forms) => {
  const whole = Math.abs(count)
  if (forms === 3) return Math.min(whole, 2)
  return whole === 1 ? 0 : 1
}

const shown = (value: unknown) => (value === null || value === undefined ? '' : String(value))

/** One form of a message, with what `{…}` names. */
function form(text: string): (values: Values) => string {
  // Every other part is a name.
  const parts = text.split(/\{(\w+)\}/)
  if (parts.length === 1) return () => text
  return (values) => parts.map((part, index) => (index % 2 === 0 ? part : shown(values[part]))).join('')
}

function message(text: string): Message {
  const forms = text.split(/\s*\|\s*/).map(form)
  return (values, formFor) => {
    const index = forms.length === 1 ? 0 : Math.min(formFor(forms.length), forms.length - 1)
    return forms[index]?.(values) ?? ''
  }
}

function find(messages: Messages, key: string): string | undefined {
  let found: string | Messages | undefined = messages
  for (const part of key.split('.')) {
    if (typeof found !== 'object' || !Object.hasOwn(found, part)) return undefined
    found = found[part]
  }
  return typeof found === 'string' ? found : undefined
}

export interface Speech {
  /** A message: by count, with values, or both. A key that nobody wrote shows itself. */
  say: (key: string, with_?: number | Values, count?: number) => string
  has: (key: string) => boolean
}

/** What can be said in a language. Most messages never are: each is made when it is. */
export function speech(messages: Messages, plural: PluralRule = usualPlural): Speech {
  const made = new Map<string, Message | null>()

  function messageFor(key: string): Message | null {
    let known = made.get(key)
    if (known === undefined) {
      const text = find(messages, key)
      known = text === undefined ? null : message(text)
      made.set(key, known)
    }
    return known
  }

  return {
    say(key, with_, count) {
      const known = messageFor(key)
      if (!known) return key
      const named = typeof with_ === 'object' ? with_ : {}
      const how = typeof with_ === 'number' ? with_ : (count ?? (typeof named['count'] === 'number' ? named['count'] : undefined))
      return known(how === undefined ? named : { count: how, ...named }, (forms) => plural(how ?? 1, forms))
    },
    has: (key) => messageFor(key) !== null,
  }
}

/** `../en/jobs.json` → `jobs`: a file's messages are found under its name. */
export function byFeature(files: Record<string, Messages>): Messages {
  return Object.fromEntries(
    Object.entries(files).map(([path, messages]) => [path.slice(path.lastIndexOf('/') + 1, -'.json'.length), messages]),
  )
}
