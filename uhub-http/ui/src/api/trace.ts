/** Remembers, over a reload, who was signed in here: if nobody was, the server need not be asked for a new token. */
export interface Trace {
  /** The user's id. */
  who: () => string | null
  set: (id: string | null) => void
}

const STORED = 'uhub.session'
export const stored: Trace = {
  who: () => localStorage.getItem(STORED),
  set: (id) => (id === null ? localStorage.removeItem(STORED) : localStorage.setItem(STORED, id)),
}
