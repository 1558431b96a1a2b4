import { apiAs } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

interface Asked {
  approval: { id: string }
}
interface Seen {
  id: string
  title: string
  planned_start: string
}

async function prodJob(hub: Parameters<typeof apiAs>[0]): Promise<Seen> {
  const { items } = await (await apiAs(hub, 'demo-admin')).get<{ items: Seen[] }>('/jobs?tier=prod&limit=1')
  const [job] = items
  if (!job) throw new Error('no job in prod')
  return job
}

test('a move in prod waits, is approved in a second browser, and is seen to move in the first', async ({ page, browser, hub }) => {
  const job = await prodJob(hub)
  await signIn(page, hub, 'demo-ops', `/jobs/${job.id}`)
  await page.getByLabel('Start: Date').fill('2030-03-05')
  await page.getByLabel('End: Date').fill('2030-03-05')
  await page.getByRole('button', { name: 'Ask for approval' }).click()
  await expect(page.getByText('Waiting for approval: Change')).toBeVisible()
  await expect(page.getByText(/5 Mar 2030/)).toHaveCount(0)

  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris' })
  const second = await context.newPage()
  await signIn(second, hub, 'demo-projets', '/approvals')
  await expect(second.getByRole('navigation', { name: 'Main' }).getByText('1', { exact: true })).toBeVisible()
  const detail = second.getByRole('article', { name: 'What is asked for' })
  await expect(detail.getByRole('heading', { name: job.title })).toBeVisible()
  await expect(detail).toContainText('5 Mar 2030')
  await expectAccessibleInBothThemes(second)
  await detail.getByRole('button', { name: 'Approve' }).click()
  await expect(detail.getByText('Approved and used')).toBeVisible()

  await expect(page.getByText(/5 Mar 2030/).first()).toBeVisible({ timeout: 15_000 })
  await expect(page.getByText('Waiting for approval: Change')).toBeHidden()
  await context.close()
})

test('who asked may not decide, and is told so; a rejection needs a reason', async ({ page, hub }) => {
  const job = await prodJob(hub)
  const ops = await apiAs(hub, 'demo-ops')
  const { approval } = await ops.patch<Asked>(`/jobs/${job.id}`, { title: 'Renamed <b>x</b>' })
  await signIn(page, hub, 'demo-ops', `/approvals?id=${approval.id}`)
  await expect(page.getByText('You asked for this yourself: a second person has to decide.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'Approve' })).toHaveCount(0)

  const api = await apiAs(hub, 'demo-projets')
  await page.context().clearCookies()
  await signIn(page, hub, 'demo-projets', `/approvals?id=${approval.id}`)
  await expect(page.locator('ins')).toContainText('Renamed <b>x</b>')
  await page.getByRole('button', { name: 'Reject' }).click()
  await expect(page.getByText('Say why you reject it.')).toBeVisible()
  await page.getByLabel('Comment').fill('Not this week')
  await page.getByRole('button', { name: 'Reject' }).click()
  await expect(page.getByText('Not this week')).toBeVisible()
  expect(await api.get(`/approvals/${approval.id}`)).toMatchObject({ state: 'rejected', comment: 'Not this week' })
})

test('a run in prod shows everything that it would execute', async ({ page, hub }) => {
  const admin = await apiAs(hub, 'demo-admin')
  const project = await admin.projectId('Projet Pilote App X')
  await admin.patch(`/projects/${project}`, { execution_backend_config: { webhook: { follow: 'none' } } })
  const job = await admin.post<Seen>('/jobs', {
    project_id: project,
    title: 'Release',
    job_type: 'ops',
    environment: 'prod',
    planned_start: '2030-01-10T09:00:00Z',
    auto_start: false,
    execution: {
      backend: 'webhook', url: 'https://ci.example.org/deploy', payload: { ref: 'v4' }, secrets: { SIGNING_KEY: 'vault:secret/ci#key' }, timeout_seconds: 60,
    },
  })
  const { approval } = await admin.post<Asked>(`/jobs/${job.id}/runs`, { reason: 'As agreed on Monday' })
  await signIn(page, hub, 'demo-admin', `/approvals?id=${approval.id}`)
  await expect(page.getByText('You asked for this yourself', { exact: false })).toBeVisible()
  await page.context().clearCookies()
  await signIn(page, hub, 'demo-projets', `/approvals?id=${approval.id}`)
  for (const text of ['https://ci.example.org/deploy', '"ref": "v4"', 'SIGNING_KEY', 'vault:secret/ci#key', 'As agreed on Monday']) {
    await expect(page.getByRole('article').getByText(text)).toBeVisible()
  }
  await expectAccessibleInBothThemes(page)
})
