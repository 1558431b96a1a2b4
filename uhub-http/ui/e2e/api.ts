import { randomUUID } from 'node:crypto'
import type { Hub } from './hub'

/** The API as a user, to see what the app has really done. */
export interface Api {
  get: <T>(path: string) => Promise<T>
  send: <T>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) => Promise<T>
}

export async function apiAs(hub: Hub, username: string): Promise<Api> {
  const form = new URLSearchParams({ grant_type: 'password', username, password: username })
  const answer = await fetch(`${hub.url}/auth/token`, { method: 'POST', body: form })
  const { access_token: token } = (await answer.json()) as { access_token: string }

  async function send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {}),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    // Logs are plain text.
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as T
  }
  return { get: (path) => send('GET', path), send }
}

export interface Group {
  pool: string
  jobs: { id: string; title: string; planned_start: string }[]
}

/** What collides in the coming days. */
export function conflictsOf(api: Api, days = 30): Promise<Group[]> {
  const now = Date.now()
  const query = new URLSearchParams({ start: new Date(now).toISOString(), end: new Date(now + days * 86_400_000).toISOString() })
  return api.get(`/calendar/conflicts?${query}`)
}
