import { url } from './base'

const begun = new Map<string, Promise<Response>>()

/** Asks before there is anybody to take the answer. */
export function askEarly(path: string, init?: RequestInit): void {
  const address = url(path)
  const answer = fetch(address, init)
  // Who takes it is told; perhaps nobody does.
  answer.catch(() => undefined)
  begun.set(address, answer)
}

/** `fetch`, or the answer to the same that is already on its way: once. */
export const fetchOrTake: typeof fetch = (input, init) => {
  const address = String(input)
  const answer = begun.get(address)
  begun.delete(address)
  return answer ?? fetch(input, init)
}
