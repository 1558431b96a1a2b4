import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('the dashboard shows the week, and the conflicts of the demo', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/dashboard')
  await expect(page.getByText('4 jobs in staging')).toBeVisible()
  await expect(page.getByText('2 jobs in prod')).toBeVisible()
  await page.getByRole('button', { name: 'Seven days after' }).click()
  await page.getByRole('button', { name: 'From today' }).click()
  await expectAccessibleInBothThemes(page)
  await page.getByRole('link', { name: 'Release v0.1 – staging' }).first().click()
  await expect(page).toHaveURL(/\/app\/jobs\//)
})

test('the dashboard fits a phone', async ({ page, hub }) => {
  await page.setViewportSize({ width: 360, height: 740 })
  await signIn(page, hub, 'demo-dev', '/dashboard')
  await expect(page.getByText('4 jobs in staging')).toBeVisible()
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360)
  await expectAccessibleInBothThemes(page)
})
