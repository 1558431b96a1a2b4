import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, test } from './hub'

test('the calendar feed is shown once and revoked', async ({ page, request, hub }) => {
  await signIn(page, hub, 'demo-dev', '/settings')
  await expectAccessibleInBothThemes(page)
  await page.getByRole('button', { name: 'Make an address' }).click()
  const address = await page.getByRole('textbox', { name: 'Address of your calendar' }).inputValue()
  expect((await request.get(address)).headers()['content-type']).toContain('text/calendar')

  // The same address, narrowed: one's own jobs, or those of a project.
  const all = await (await request.get(address)).text()
  const choices = page.getByRole('combobox', { name: 'What it shows' })
  for (const [choice, suffix] of [['Projet Pilote App X', /&project_id=[0-9a-f-]{36}$/], ['What is mine: created by me, or assigned to me', /&mine=true$/]] as const) {
    await choices.click()
    await page.getByRole('option', { name: choice }).click()
    await expect(page.getByRole('textbox', { name: 'Address of your calendar' })).toHaveValue(suffix)
    const narrowed = await (await request.get(await page.getByRole('textbox', { name: 'Address of your calendar' }).inputValue())).text()
    expect(narrowed).toContain('BEGIN:VCALENDAR')
    expect(narrowed.split('BEGIN:VEVENT').length).toBeLessThan(all.split('BEGIN:VEVENT').length)
  }
  await page.getByRole('button', { name: 'Revoke' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click()
  // As long as it asks, nothing else of the page can be found by its role.
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await expect(page.getByRole('textbox', { name: 'Address of your calendar' })).toHaveCount(0)
  expect((await request.get(address)).ok()).toBe(false)
})

test('the password is changed with the present one, and one stays signed in', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-dev', '/settings')
  await page.getByLabel('Current password').fill('wrong')
  await page.getByLabel('New password').fill('a much better sentence')
  await page.getByRole('button', { name: 'Change the password' }).click()
  await expect(page.getByRole('alert').first()).toBeVisible()
  await page.getByLabel('Current password').fill('demo-dev')
  await page.getByRole('button', { name: 'Change the password' }).click()
  await expect(page.getByText('Your password is changed.').first()).toBeVisible()
  await page.reload()
  await expect(page.getByRole('heading', { name: 'Settings', level: 1 })).toBeVisible()
})
