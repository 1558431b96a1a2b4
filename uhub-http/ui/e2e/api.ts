import { randomUUID } from 'node:crypto'
import type { Hub } from './hub'

type Body = Record<string, unknown>

/** The API as one user, to see what the app has really done, and for what tests of jobs and runs need to be there. */
export type Api = Awaited<ReturnType<typeof apiAs>>

export interface Job {
  id: string
  project_id: string
  title: string
  planned_start: string
  planned_end: string
  version: number
}

export async function apiAs(hub: Hub, username: string) {
  const form = new URLSearchParams({ grant_type: 'password', username, password: username })
  const answer = await fetch(`${hub.url}/auth/token`, { method: 'POST', body: form })
  const { access_token: token } = (await answer.json()) as { access_token: string }

  async function send<T>(method: 'GET' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T> {
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
  const get = <T>(path: string) => send<T>('GET', path)

  async function projectId(name: string): Promise<string> {
    const { items } = await get<{ items: { id: string; name: string }[] }>('/projects')
    const found = items.find((project) => project.name === name)
    if (!found) throw new Error(`no project ${name}`)
    return found.id
  }

  return {
    get,
    send,
    post: <T>(path: string, body: Body = {}) => send<T>('POST', path, body),
    patch: <T>(path: string, body: Body) => send<T>('PATCH', path, body),
    projectId,
    job: (id: string) => get<Job>(`/jobs/${id}`),
    /** The job with this title. */
    async find(title: string): Promise<Job> {
      const { items } = await get<{ items: Job[] }>(`/jobs?q=${encodeURIComponent(title)}`)
      const found = items.find((job) => job.title === title)
      if (!found) throw new Error(`no job ${title}`)
      return found
    },
    /** A job in staging that runs this script, long after today. */
    async shellJob(script: string, more: Body = {}): Promise<string> {
      const job = await send<{ id: string }>('POST', '/jobs', {
        project_id: await projectId('Projet Pilote App X'),
        title: 'A script',
        job_type: 'dev',
        environment: 'staging',
        planned_start: '2030-01-10T09:00:00Z',
        auto_start: false,
        execution: { backend: 'local', command: ['/bin/sh', '-c', script], timeout_seconds: 120 },
        ...more,
      })
      return job.id
    },
  }
}

/** Arguments that let `local` run a shell. */
export const SHELL = ['--local-program', '/bin/sh', '--local-root', '/tmp']

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
