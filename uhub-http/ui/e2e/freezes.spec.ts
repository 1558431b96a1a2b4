import { apiAs } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

interface Freeze {
  reason: string
  tiers: string[]
}

test('a freeze window says whom it stops, holds, and is lifted', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  const { items: jobs } = await api.get<{ items: { title: string; planned_start: string }[] }>('/jobs?tier=prod')
  expect(jobs).toHaveLength(2)
  const day = (jobs[0]?.planned_start ?? '').slice(0, 10)

  await signIn(page, hub, 'demo-admin', '/freezes')
  await expect(page.getByText('Nothing is frozen')).toBeVisible()
  await expectAccessibleInBothThemes(page)
  await page.keyboard.press('n')
  const dialog = page.getByRole('dialog', { name: 'New freeze window' })
  await expect(dialog.getByRole('button', { name: 'Freeze', exact: true })).toBeDisabled()
  await dialog.getByLabel('Reason').fill('Winter sale')
  await dialog.getByLabel('From: Date').fill(day)
  await dialog.getByLabel('From: Time').fill('06:00')
  await dialog.getByLabel('To: Date').fill(day)
  await dialog.getByLabel('To: Time').fill('05:00')
  await expect(dialog.getByRole('alert').first()).toContainText('its end must come after its start')
  await dialog.getByLabel('To: Time').fill('20:00')
  await expect(dialog).toContainText('It stops 2 jobs')
  await expect(dialog).toContainText('Maintenance – rotation certificats')
  await expectAccessibleInBothThemes(page)
  expect((await api.get<{ items: Freeze[] }>('/freezes')).items).toEqual([])

  await dialog.getByRole('button', { name: 'Freeze', exact: true }).click()
  await expect(page.getByRole('heading', { name: 'Winter sale' })).toBeVisible()
  await expect(page.getByRole('heading', { name: /^Upcoming/ })).toBeVisible()
  expect((await api.get<{ items: Freeze[] }>('/freezes')).items).toMatchObject([{ reason: 'Winter sale', tiers: ['prod'] }])
  await expectAccessibleInBothThemes(page)

  await page.getByRole('button', { name: 'Lift “Winter sale”' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Lift it' }).click()
  await expect(page.getByText('Nothing is frozen')).toBeVisible()
  expect((await api.get<{ items: Freeze[] }>('/freezes')).items).toEqual([])
})

test('who may not change them sees them, also those that others make meanwhile', async ({ page, hub }) => {
  const api = await apiAs(hub, 'demo-admin')
  await signIn(page, hub, 'demo-dev', '/freezes')
  await expect(page.getByText('The role Developer sees them, but may not change them.')).toBeVisible()
  await expect(page.getByRole('button', { name: 'New freeze window' })).toHaveCount(0)
  const now = Date.now()
  await api.send('POST', '/freezes', {
    start: new Date(now - 3_600_000).toISOString(), end: new Date(now + 3_600_000).toISOString(), environments: ['staging'], reason: 'Audit <b>day</b>',
  })
  await expect(page.getByRole('heading', { name: 'Audit <b>day</b>' })).toBeVisible()
  await expect(page.getByRole('heading', { name: /^Running/ })).toBeVisible()
  await expect(page.getByRole('button', { name: /^Lift/ })).toHaveCount(0)
})
