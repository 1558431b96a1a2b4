import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as base, expect, type Page } from '@playwright/test'
import { english, type Words } from './words'

/** The built binary, with the app in it. */
const BINARY = process.env['UHUB_BIN'] ?? '../../target/debug/uhub'

export interface Hub {
  /** `http://127.0.0.1:…`, without a slash at the end. */
  url: string
  /** Stops the server, and starts it again at the same address on the same data. */
  restart: () => Promise<void>
  stop: () => Promise<void>
}

interface Options {
  args?: string[]
  env?: Record<string, string>
  /** The worker is a process of its own with these arguments: a restart of the server does not touch what it runs. */
  worker?: string[]
}

function launch(directory: string, listen: string, { args = ['--demo'], env = {} }: Options): Promise<[ChildProcess, string]> {
  const child = spawn(BINARY, ['serve', ...args, '--listen', listen, '--data-dir', directory], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return new Promise((done, fail) => {
    let said = ''
    const read = (chunk: Buffer) => {
      said += chunk.toString()
      const url = /listening on (http:\/\/\S+)/.exec(said)?.[1]
      if (url) done([child, url.replace(/\/$/, '')])
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    child.on('error', fail)
    child.on('exit', (code) => fail(new Error(`the hub ended with ${code}:\n${said}`)))
  })
}

function end(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    if (child.exitCode !== null) return done()
    child.once('exit', () => done())
    child.kill('SIGTERM')
  })
}

/** A hub of its own on fresh data, gone when it is stopped. */
export async function startHub(options: Options = {}): Promise<Hub> {
  const directory = mkdtempSync(join(tmpdir(), 'uhub-e2e-'))
  let [child, url] = await launch(directory, '127.0.0.1:0', options)
  const worker = options.worker
    ? spawn(BINARY, ['worker', ...options.worker, '--data-dir', directory], { env: { ...process.env, ...options.env }, stdio: 'ignore' })
    : null
  return {
    get url() {
      return url
    },
    async restart() {
      await end(child)
      ;[child, url] = await launch(directory, new URL(url).host, options)
    },
    async stop() {
      await end(child)
      if (worker) await end(worker)
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

/** The hub that is running, and for which file. */
interface Running {
  file: string
  hub: Hub
}

/** Tests with a demo hub of their file's own: what one file changes no other sees. */
export const test = base.extend<{ hub: Hub }, { running: { now: Running | null } }>({
  running: [
    async ({}, use) => {
      const running: { now: Running | null } = { now: null }
      await use(running)
      await running.now?.hub.stop()
    },
    { scope: 'worker' },
  ],
  hub: async ({ running }, use, { file }) => {
    if (running.now?.file !== file) {
      await running.now?.hub.stop()
      running.now = null
      running.now = { file, hub: await startHub() }
    }
    await use(running.now.hub)
  },
})

/** Through the form, as people do. Demo passwords equal usernames. */
export async function signIn(page: Page, hub: Hub, username: string, path = '', words: Words = english): Promise<void> {
  await page.goto(`${hub.url}/app/signin${path ? `?next=${encodeURIComponent(path)}` : ''}`)
  await page.getByLabel(words('auth.signIn.username')).fill(username)
  await page.getByLabel(words('auth.signIn.password'), { exact: true }).fill(username)
  await page.getByRole('button', { name: words('auth.signIn.submit'), exact: true }).click()
  // A page that begins with a dialog hides the rest of itself from roles.
  await expect(page.getByRole('navigation', { name: words('shell.nav.label'), includeHidden: true })).toBeVisible()
}

export { expect }
