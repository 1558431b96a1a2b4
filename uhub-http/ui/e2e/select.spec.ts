import type { Page } from '@playwright/test'
import { expect, signIn, test } from './hub'

/** The first of the two: one in each theme. What is open hides it from roles. */
const backend = (page: Page) => page.getByRole('combobox', { name: 'Backend', includeHidden: true }).first()

/** What is said of the control that has the focus. */
async function said(page: Page) {
  const client = await page.context().newCDPSession(page)
  const { result } = await client.send('Runtime.evaluate', { expression: 'document.activeElement' })
  const { nodes } = await client.send('Accessibility.getPartialAXTree', { objectId: result.objectId ?? '', fetchRelatives: false })
  await client.detach()
  const [node] = nodes
  const properties = new Map((node?.properties ?? []).map(({ name, value }) => [name, value.value as unknown]))
  return { role: node?.role?.value as unknown, name: node?.name?.value as unknown, value: node?.value?.value as unknown, expanded: properties.get('expanded') }
}

test('a closed select is chosen from by typing', async ({ page, hub }) => {
  await signIn(page, hub, 'demo-admin', '/styleguide')
  const select = backend(page)
  await select.focus()
  await page.keyboard.press('l')
  await expect(select).toHaveText('Local program')
  expect(await said(page)).toEqual({ role: 'combobox', name: 'Backend', value: 'Local program', expanded: false })
  // A space goes on with what was typed, and opens nothing.
  await page.keyboard.type('ocal p')
  await expect(select).toHaveText('Local program')
  await expect(page.getByRole('listbox')).toHaveCount(0)

  await page.waitForTimeout(1100)
  await page.keyboard.press('s')
  await expect(select, 'SSH cannot be chosen').toHaveText('Serverless')
  await page.waitForTimeout(1100)
  await page.keyboard.press('x')
  await expect(select).toHaveText('Serverless')
  await expect(select).toBeFocused()
  await expect(page, 'no command was meant').toHaveURL(/\/styleguide$/)
})

for (const key of ['Enter', 'Space', 'ArrowDown', 'ArrowUp']) {
  test(`a select is opened, chosen from and closed by keys: ${key}`, async ({ page, hub }) => {
    await signIn(page, hub, 'demo-admin', '/styleguide')
    const select = backend(page)
    await select.focus()
    await page.keyboard.press(key)
    const list = page.getByRole('listbox')
    await expect(list.getByRole('option', { name: 'Docker' })).toBeFocused()
    await expect(list.getByRole('option', { selected: true })).toHaveText('Docker')
    await expect(select).toHaveAttribute('aria-expanded', 'true')
    await expect(select).toHaveAttribute('aria-controls', (await list.getAttribute('id')) ?? '')
    await page.keyboard.press('Escape')
    await expect(list).toHaveCount(0)
    await expect(select).toBeFocused()

    await page.keyboard.press(key)
    await page.keyboard.press('w')
    await expect(list.getByRole('option', { name: 'Webhook' })).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(list).toHaveCount(0)
    await expect(select).toBeFocused()
    await expect(select).toHaveText('Webhook')
    expect(await said(page)).toMatchObject({ value: 'Webhook', expanded: false })
  })
}
