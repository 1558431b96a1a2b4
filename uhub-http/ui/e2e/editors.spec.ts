import type { Page } from '@playwright/test'
import { apiAs } from './api'
import { expect, signIn, startHub, test } from './hub'

interface Job {
  id: string
  execution: Record<string, unknown>
}

async function begin(page: Page, title: string, backend: string): Promise<void> {
  await page.getByLabel('Title').fill(title)
  await page.getByLabel('Project', { exact: true }).click()
  await page.getByRole('option', { name: 'Projet Pilote App X' }).click()
  await page.getByLabel('Environment').click()
  await page.getByRole('option', { name: 'staging' }).click()
  await page.getByRole('switch', { name: /executes something/ }).click()
  await page.getByRole('switch', { name: /Start by itself/ }).click()
  await page.getByLabel('Backend').click()
  await page.getByRole('option', { name: backend, exact: true }).click()
}

const create = (page: Page) => page.getByRole('button', { name: 'Create the job' }).click()

/** The job whose page has opened. */
async function opened(page: Page, title: string): Promise<string> {
  await expect(page.getByRole('heading', { name: title, level: 1 })).toBeVisible()
  return page.url().split('/').pop() ?? ''
}

const PLANNED = '/jobs/new?job_type=dev&start=2030-01-10T09:00:00Z'

test('a container is described by its own fields, and each fault stands at its field', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await signIn(page, hub, 'demo-dev', PLANNED)
  await begin(page, 'In a container', 'Docker')
  await page.getByLabel('Processors').fill('many')
  await create(page)
  await expect(page.getByLabel('Processors')).toHaveAttribute('aria-invalid', 'true')
  await expect(page.getByText('This is not a number.')).toBeVisible()
  await page.getByLabel('Processors').fill('0,5')
  await create(page)
  // What only the hub knows is told by it.
  await expect(page.getByLabel('Image')).toBeFocused()
  await expect(page.getByLabel('Image')).toHaveAttribute('aria-invalid', 'true')
  await page.getByLabel('Image').fill('busybox')
  await page.getByLabel('Memory (MiB)').fill('64')
  await page.getByLabel('Processes').fill('20')
  await page.getByRole('textbox', { name: 'Program' }).fill('/bin/sh')
  await page.getByRole('textbox', { name: 'Program' }).press('Enter')
  await page.keyboard.type('-c')
  await page.keyboard.press('Enter')
  await page.keyboard.type('echo inside')
  await page.getByRole('button', { name: 'Add a variable' }).click()
  await page.keyboard.type('STAGE')
  await page.keyboard.press('Tab')
  await page.keyboard.type('e2e')
  await create(page)
  const job = await api.get<Job>(`/jobs/${await opened(page, 'In a container')}`)
  expect(job.execution).toMatchObject({
    backend: 'docker', image: 'busybox', command: ['/bin/sh', '-c', 'echo inside'], env: { STAGE: 'e2e' }, limits: { cpus: 0.5, memory_mb: 64, pids: 20 },
  })
})

test('a container made in the app runs, and its log is seen', async ({ page }) => {
  const engine = process.env['UHUB_TEST_DOCKER']
  test.skip(!engine, 'UHUB_TEST_DOCKER names no engine')
  const hub = await startHub({ args: ['--demo', '--docker', '--docker-host', engine ?? ''] })
  try {
    const api = await apiAs(hub, 'demo-dev')
    const execution = { backend: 'docker', image: 'busybox:latest', command: ['/bin/sh', '-c', 'echo from inside; id -u'], timeout_seconds: 60 }
    const id = await api.shellJob('', { title: 'In a container', execution })
    await signIn(page, hub, 'demo-dev', `/jobs/${id}`)
    await page.getByRole('button', { name: 'Launch' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Launch' }).click()
    await expect(page.locator('.row').filter({ hasText: 'from inside' })).toBeVisible({ timeout: 30_000 })
    await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 })
  } finally {
    await hub.stop()
  }
})

test('a request is described by its own fields, from a preset, and each fault stands at its field', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const project = await api.projectId('Projet Pilote App X')
  await api.patch(`/projects/${project}`, { execution_backend_config: { webhook: { follow: 'none' } } })
  await signIn(page, hub, 'demo-dev', PLANNED)
  await begin(page, 'Over there', 'Webhook')
  await page.getByLabel(/JSON body/).fill('{ "ref": ')
  await expect(page.getByText('This is not valid JSON.')).toBeVisible()
  await create(page)
  await expect(page.getByLabel(/JSON body/)).toBeFocused()
  await page.getByLabel(/JSON body/).fill('{ "ref": "main" }')
  await create(page)
  await expect(page.getByLabel('URL')).toBeFocused()
  await expect(page.getByLabel('URL')).toHaveAttribute('aria-invalid', 'true')

  await page.getByRole('button', { name: 'Start from a preset' }).click()
  await page.getByRole('menuitem', { name: 'Signed request to anything else' }).click()
  await page.getByLabel('URL').fill('https://ci.example.org/deploy')
  await page.getByLabel('Reference of the secret 1').fill('vault:secret/ci#key')
  await create(page)
  const job = await api.get<Job>(`/jobs/${await opened(page, 'Over there')}`)
  expect(job.execution).toMatchObject({ backend: 'webhook', url: 'https://ci.example.org/deploy', method: 'POST' })
  expect(Object.values(job.execution['secrets'] as Record<string, string>)).toEqual(['vault:secret/ci#key'])
  expect(job.execution).not.toHaveProperty('command')
})
