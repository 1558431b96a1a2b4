import { apiAs } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('an admin moves a job into a freeze window with a reason, a second admin approves, and it moves', async ({ page, browser, hub }) => {
  const admin = await apiAs(hub, 'demo-admin')
  await admin.post('/users', { username: 'second-admin', password: 'second-admin', email: 'second@example.org', display_name: 'Second ADMIN', role: 'admin' })
  await admin.post('/freezes', { start: '2030-02-01T00:00:00Z', end: '2030-02-03T00:00:00Z', environments: ['staging'], reason: 'Winter sale' })
  const id = await admin.shellJob('', { title: 'A fix that cannot wait', execution: undefined, auto_start: undefined })
  const start = () => admin.get<{ planned_start: string }>(`/jobs/${id}`).then(({ planned_start }) => new Date(planned_start).toISOString())

  await signIn(page, hub, 'demo-admin', `/jobs/${id}`)
  await page.getByLabel('Start: Date').fill('2030-02-02')
  await page.getByLabel('End: Date').fill('2030-02-02')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Winter sale').first()).toBeVisible()
  const breakGlass = page.getByRole('button', { name: 'Ask to break the glass' })
  await expect(breakGlass).toBeDisabled()
  await page.getByLabel('Why it has to go into the freeze window').fill('The checkout is down')
  await expectAccessibleInBothThemes(page)
  await breakGlass.click()
  await expect(page.getByText(/^Waiting for approval/).first()).toBeVisible()
  expect(await start()).toBe('2030-01-10T09:00:00.000Z')

  // Not by oneself.
  await page.goto(`${hub.url}/app/approvals`)
  await expect(page.getByText('You asked for this yourself: a second person has to decide.')).toBeVisible()

  const context = await browser.newContext({ locale: 'en-GB', timezoneId: 'Europe/Paris' })
  const second = await context.newPage()
  await signIn(second, hub, 'second-admin', '/approvals')
  const detail = second.getByRole('article', { name: 'What is asked for' })
  await expect(detail).toContainText('The checkout is down')
  await detail.getByLabel('Comment').fill('Go')
  await detail.getByRole('button', { name: 'Approve' }).click()
  await expect(detail.getByText('Approved and used')).toBeVisible()
  await expect.poll(start).toBe('2030-02-02T09:00:00.000Z')
  await context.close()

  await page.goto(`${hub.url}/app/jobs/${id}`)
  await expect(page.getByLabel('Start: Date')).toHaveValue('2030-02-02')
})

test('who is no admin is not offered it', async ({ page, hub }) => {
  const admin = await apiAs(hub, 'demo-admin')
  const id = await admin.shellJob('', { title: 'A fix that can wait', job_type: 'ops', execution: undefined, auto_start: undefined })
  await signIn(page, hub, 'demo-ops', `/jobs/${id}`)
  await page.getByLabel('Start: Date').fill('2030-02-02')
  await page.getByLabel('End: Date').fill('2030-02-02')
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await expect(page.getByText('Winter sale').first()).toBeVisible()
  await expect(page.getByLabel('Why it has to go into the freeze window')).toHaveCount(0)
})
