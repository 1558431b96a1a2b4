import { randomUUID } from 'node:crypto'
import { apiAs } from './api'
import { expect, signIn, startHub, test } from './hub'

interface Job {
  id: string
  title: string
}

test('two servers on one PostgreSQL show each other’s changes without a reload', async ({ page }) => {
  const database = process.env['UHUB_TEST_POSTGRES']
  if (!database) throw new Error('UHUB_TEST_POSTGRES names no server')
  const schema = `e2e_${randomUUID().replaceAll('-', '')}`
  const args = ['--demo', '--no-worker', '--database', database, '--database-schema', schema]
  const here = await startHub({ args })
  const there = await startHub({ args })
  try {
    await signIn(page, here, 'demo-projets', '/jobs')
    await expect(page.getByText('Release v0.1 – staging')).toBeVisible()

    const other = await apiAs(there, 'demo-admin')
    const { items } = await other.get<{ items: Job[] }>('/jobs?q=Release%20v0.1')
    await other.send('PATCH', `/jobs/${items[0]?.id}`, { title: 'Release v0.2 – staging' })
    await expect(page.getByText('Release v0.2 – staging')).toBeVisible()
    await expect(page.getByText('Release v0.1 – staging')).toHaveCount(0)

    // And the other way round, by hand.
    await page.getByText('Release v0.2 – staging').click()
    await expect(page.getByRole('heading', { name: 'Release v0.2 – staging', level: 1 })).toBeVisible()
    await page.getByRole('textbox', { name: 'Title', exact: true }).fill('Release v0.3 – staging')
    await page.getByRole('button', { name: 'Save', exact: true }).click()
    await expect.poll(async () => (await other.get<Job>(`/jobs/${items[0]?.id}`)).title).toBe('Release v0.3 – staging')
  } finally {
    await there.stop()
    await here.stop()
  }
})
