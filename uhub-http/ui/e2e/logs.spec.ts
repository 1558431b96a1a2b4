import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from '@playwright/test'
import { apiAs, SHELL } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, startHub, test as base, type Hub } from './hub'

const test = base.extend<object, { shell: Hub }>({
  shell: [
    async ({}, use) => {
      const hub = await startHub({ args: ['--demo', '--no-worker', ...SHELL], worker: SHELL })
      await use(hub)
      await hub.stop()
    },
    { scope: 'worker' },
  ],
})

const viewer = (page: Page) => page.getByRole('region', { name: 'Log' })
const row = (page: Page, text: string | RegExp) => viewer(page).locator('.row').filter({ hasText: text })

async function launch(hub: Hub, script: string): Promise<string> {
  const api = await apiAs(hub, 'demo-admin')
  const run = await api.post<{ id: string }>(`/jobs/${await api.shellJob(script)}/runs`)
  return run.id
}

/** All lines of the log, read by scrolling through it, by number. */
async function readAll(page: Page): Promise<string[]> {
  const lines = new Map<number, string>()
  const log = viewer(page)
  await log.evaluate((element) => (element.scrollTop = 0))
  // The rows follow a frame or more later.
  await expect(log.locator('.row .number').getByText('1', { exact: true })).toBeVisible()
  for (;;) {
    const [rows, isEnd] = await log.evaluate((element) => [
      [...element.querySelectorAll('.row')].map((one) => [one.querySelector('.number')?.textContent ?? '', one.querySelector('.text')?.textContent ?? '']),
      element.scrollTop + element.clientHeight >= element.scrollHeight - 2,
    ] as const)
    for (const [number, text] of rows) if (number) lines.set(Number(number), text ?? '')
    if (isEnd) break
    await log.evaluate(async (element) => {
      element.scrollTop += element.clientHeight
      await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
    })
  }
  return [...lines.entries()].sort(([a], [b]) => a - b).map(([, text]) => text)
}

test('a log goes on over a restart of the server, without a lost or doubled line', async ({ page, shell }) => {
  test.setTimeout(60_000)
  const id = await launch(shell, 'i=0; while [ $i -lt 120 ]; do i=$((i+1)); echo "line $i"; sleep 0.05; done')
  await signIn(page, shell, 'demo-admin', `/runs/${id}`)
  await expect(row(page, /^\s*\d+\s*line \d+$/).first()).toBeVisible()
  await shell.restart()
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 30_000 })
  await expect(page.getByText('120 lines', { exact: true })).toBeVisible({ timeout: 15_000 })
  expect(await readAll(page)).toEqual(Array.from({ length: 120 }, (_, index) => `line ${index + 1}`))
})

test('what steers terminals or hides text does neither', async ({ page, shell }) => {
  const dialogs: string[] = []
  page.on('dialog', (dialog) => {
    dialogs.push(dialog.message())
    void dialog.dismiss()
  })
  const id = await launch(shell, String.raw`printf '\033[31mred\033[0m plain\n'; printf '<img src=x onerror=alert(1)><script>alert(2)</script>\n'; printf 'abc\342\200\256fed\n'; printf 'a\033]0;title\007b\n'; printf '10%%\r50%%\r100%%\n'; printf 'bell\007 null\000 end\n'; echo oops >&2`)
  await signIn(page, shell, 'demo-dev', `/runs/${id}`)
  await expect(page.getByText('Succeeded').first()).toBeVisible({ timeout: 15_000 })
  await expect(row(page, 'red plain').locator('.fg-red')).toHaveText('red')
  await expect(row(page, '<img src=x onerror=alert(1)><script>alert(2)</script>')).toBeVisible()
  await expect(row(page, 'abc⟨U+202E⟩fed')).toBeVisible()
  await expect(row(page, 'a␛b')).toBeVisible()
  await expect(row(page, '100%')).toBeVisible()
  await expect(row(page, 'bell⟨U+0007⟩')).toBeVisible()
  await expect(row(page, 'oops')).toContainText('err')
  expect(await page.locator('main img, main script').count()).toBe(0)
  expect(dialogs).toEqual([])
  await expectAccessibleInBothThemes(page)
})

test('a long log is searched, wrapped, followed and downloaded, with few rows in the page', async ({ page, shell }) => {
  test.setTimeout(90_000)
  const directory = await mkdtemp(join(tmpdir(), 'uhub-log-'))
  const goOn = join(directory, 'go-on')
  const id = await launch(shell, `i=0; while [ $i -lt 30000 ]; do i=$((i+1)); echo "step $i of a long build that says a lot about each of its modules"; done; echo "the needle"; while [ ! -e ${goOn} ]; do sleep 0.1; done; echo "the end"`)
  await signIn(page, shell, 'demo-admin', `/runs/${id}`)
  const log = viewer(page)
  await expect(row(page, 'the needle')).toBeVisible({ timeout: 60_000 })

  await log.hover()
  await page.mouse.wheel(0, -3000)
  const follow = page.getByRole('button', { name: 'Follow' })
  await expect(row(page, 'the needle')).toHaveCount(0)
  await follow.click()
  await expect(row(page, 'the needle')).toBeVisible()
  await writeFile(goOn, '')
  await expect(row(page, 'the end')).toBeVisible({ timeout: 20_000 })
  await expect(page.getByText('30,002 lines', { exact: true })).toBeVisible({ timeout: 20_000 })
  expect(await log.locator('.row').count()).toBeLessThan(120)

  await log.focus()
  await page.keyboard.press('Control+f')
  const find = page.getByRole('searchbox', { name: 'Find in the log' })
  await expect(find).toBeFocused()
  await find.fill('STEP 299')
  await expect(page.getByRole('status').filter({ hasText: /of 1[,.]?11\d$|of 11\d$/ }).first()).toBeAttached()
  await expect(log.locator('mark.current')).toHaveText('step 299')
  await find.press('Enter')
  await find.press('Shift+Enter')
  await find.fill('the needle')
  await expect(log.locator('mark.current')).toHaveText('the needle')

  await page.getByRole('button', { name: 'Wrap lines' }).click()
  await expect(log.locator('mark.current')).toBeVisible()

  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Download the whole log' }).click()])
  const text = await readFile(await file.path(), 'utf8')
  expect(text.split('\n').filter(Boolean)).toHaveLength(30_002)
  await rm(directory, { recursive: true })
})
