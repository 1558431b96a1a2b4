import createClient from 'openapi-fetch'
import { asProblem, isAbort, problemFrom } from './problem'
import { hubBase } from './base'
import type { paths } from './schema'
import { session, type Session } from './session'

/** `fetch` as the signed-in user: with the token, and once more after a renewal where the token had ended. */
export function createAuthorizedFetch(who: Pick<Session, 'bearer' | 'recover'>, send: typeof fetch = (i, n) => fetch(i, n)) {
  return async function authorizedFetch(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    const request = new Request(input, init)
    const token = await who.bearer()
    // A body can be read once: what is sent is the copy.
    const response = await send(withToken(request.clone(), token))
    if (response.status !== 401) return response
    const renewed = await who.recover(token)
    if (renewed === null || request.signal.aborted) return response
    return send(withToken(request, renewed))
  }
}

function withToken(request: Request, token: string | null): Request {
  if (token) request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

export const authorizedFetch = createAuthorizedFetch(session)

/** The API, typed by its own document. Paths as there: `api.GET('/jobs/{id}', { params: { path: { id } } })`. */
export const api = createClient<paths>({
  baseUrl: hubBase().replace(/\/$/, ''),
  fetch: (request: Request) => authorizedFetch(request),
})

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/** An answer's data, or a thrown `Problem`. */
export async function unwrap<T>(answer: Promise<Answer<T>>): Promise<NonNullable<T>> {
  return (await unwrapFull(answer)).data
}

/** The same, with the status (202: it waits for approval). */
export async function unwrapFull<T>(answer: Promise<Answer<T>>): Promise<{ data: NonNullable<T>; status: number }> {
  let got: Answer<T>
  try {
    got = await answer
  } catch (error) {
    if (isAbort(error)) throw error
    throw asProblem(error)
  }
  if (!got.response.ok) throw problemFrom(got.response, got.error)
  // 204 has no body; its type is `undefined` or `never`.
  return { data: got.data as NonNullable<T>, status: got.response.status }
}

/** `If-Match` for a version that was read, as a header parameter. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` }
}

/** A key for one intent, so that a repeated click or a lost answer does it once. */
export function idempotencyKey(): { 'Idempotency-Key': string } {
  return { 'Idempotency-Key': crypto.randomUUID() }
}
