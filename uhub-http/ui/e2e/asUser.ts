import { randomUUID } from 'node:crypto'
import type { Hub } from './hub'

type Body = Record<string, unknown>

/** The API as one user, for what a test needs to be there, or to have become so. */
export async function apiAs(hub: Hub, username: string) {
  const form = new URLSearchParams({ grant_type: 'password', username, password: username })
  const answer = await fetch(`${hub.url}/auth/token`, { method: 'POST', body: form })
  const { access_token: token } = (await answer.json()) as { access_token: string }

  async function ask<T>(method: string, path: string, body?: Body): Promise<T> {
    const response = await fetch(`${hub.url}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${token}`,
        ...(body ? { 'Content-Type': 'application/json' } : {}),
        ...(method === 'POST' ? { 'Idempotency-Key': randomUUID() } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return (text.startsWith('{') || text.startsWith('[') ? JSON.parse(text) : text) as T
  }
  const get = <T>(path: string) => ask<T>('GET', path)

  async function projectId(name: string): Promise<string> {
    const { items } = await get<{ items: { id: string; name: string }[] }>('/projects')
    const found = items.find((project) => project.name === name)
    if (!found) throw new Error(`no project ${name}`)
    return found.id
  }

  return {
    get,
    post: <T>(path: string, body: Body = {}) => ask<T>('POST', path, body),
    patch: <T>(path: string, body: Body) => ask<T>('PATCH', path, body),
    projectId,
    /** A job in staging that runs this script, long after today. */
    async shellJob(script: string, more: Body = {}): Promise<string> {
      const job = await ask<{ id: string }>('POST', '/jobs', {
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
