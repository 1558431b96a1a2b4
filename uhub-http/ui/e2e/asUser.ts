import { apiAs as plainApiAs } from './api'
import type { Hub } from './hub'

type Body = Record<string, unknown>

/** The API as one user, with what tests of jobs and runs need to be there, or to have become so. */
export async function apiAs(hub: Hub, username: string) {
  const { get, send } = await plainApiAs(hub, username)

  async function projectId(name: string): Promise<string> {
    const { items } = await get<{ items: { id: string; name: string }[] }>('/projects')
    const found = items.find((project) => project.name === name)
    if (!found) throw new Error(`no project ${name}`)
    return found.id
  }

  return {
    get,
    post: <T>(path: string, body: Body = {}) => send<T>('POST', path, body),
    patch: <T>(path: string, body: Body) => send<T>('PATCH', path, body),
    projectId,
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
