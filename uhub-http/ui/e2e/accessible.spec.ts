import type { Page } from '@playwright/test'
import { apiAs } from './api'
import { expectAccessibleInBothThemes } from './axe'
import { expect, signIn, startHub, test, type Hub } from './hub'
import { wordsOf } from './words'

interface Found {
  items: { id: string; title: string; planned_start: string; project_id: string }[]
}

/** One job that has run, one that waits for a second person, and a freeze window. */
async function furnish(hub: Hub) {
  const admin = await apiAs(hub, 'demo-admin')
  const ops = await apiAs(hub, 'demo-ops')
  const first = async (query: string) => {
    const [job] = (await admin.get<Found>(`/jobs?${query}`)).items
    if (!job) throw new Error(`no job for ${query}`)
    return job
  }
  const prod = await first('tier=prod')
  const ran = await first('q=capacit%C3%A9')
  // The next test on the same hub finds what the first one made.
  const [run] = (await admin.get<{ items: { id: string }[] }>(`/runs?job_id=${ran.id}`)).items
  const later = new Date(Date.parse(prod.planned_start) + 86_400_000).toISOString()
  await ops.patch(`/jobs/${prod.id}`, { planned_start: later }).catch(() => undefined)
  return {
    prod,
    run: run ?? (await admin.post<{ id: string }>(`/jobs/${ran.id}/runs`)),
    staging: await first('q=v0.1'),
    launchable: await first('q=erreurs'),
  }
}

async function settled(page: Page): Promise<void> {
  await expect(page.locator('[aria-busy="true"]')).toHaveCount(0)
  await page.evaluate(() => document.fonts.ready)
}

// They change nothing that another one sees, and take the longest.
test.describe.configure({ mode: 'parallel' })

for (const locale of ['en', 'fr'] as const) {
  const words = wordsOf(locale)
  /** A message that carries a name, as a pattern. */
  const like = (key: string) => new RegExp(words(key).split('|')[0]?.replace(/[.*+?^$()[\]\\]/g, '\\$&').replaceAll(/\{\w+\}/g, '.*').trim() ?? '')

  test.describe(`in ${locale}`, () => {
    test.use({ locale: locale === 'fr' ? 'fr-FR' : 'en-GB', actionTimeout: 10_000 })

    test('every page is accessible in both themes', async ({ page, hub }) => {
      test.setTimeout(400_000)
      const { prod, run } = await furnish(hub)
      await page.goto(`${hub.url}/app/signin`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expectAccessibleInBothThemes(page)
      await signIn(page, hub, 'demo-admin', '/calendar?view=month', words)
      const paths = [
        'calendar?view=month', 'calendar?view=week', 'calendar?view=day', 'calendar?view=list', 'timeline', 'timeline?by=project&scale=month', 'dashboard', 'jobs',
        'jobs/new', `jobs/${prod.id}`, `jobs/${prod.id}?tab=runs`, `jobs/${prod.id}?tab=history`, `runs/${run.id}`, 'approvals', 'audit', 'projects',
        `projects/${prod.project_id}`, 'users', 'freezes', 'settings', 'no-such-page',
      ]
      for (const path of paths) {
        await test.step(path, async () => {
          await page.goto(`${hub.url}/app/${path}`)
          await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible()
          await settled(page)
          await expect(page.locator('html')).toHaveAttribute('lang', locale)
          await expectAccessibleInBothThemes(page)
        })
      }
      // It shows what is busy, too.
      await page.goto(`${hub.url}/app/styleguide`)
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible()
      await expectAccessibleInBothThemes(page)
    })

    test('every dialog is accessible in both themes', async ({ page, hub }) => {
      test.setTimeout(400_000)
      const { prod, launchable, staging } = await furnish(hub)
      const dialog = page.getByRole('dialog')
      const button = (key: string) => page.getByRole('button', { name: words(key), exact: true })
      const look = async (name: string) => test.step(name, async () => {
        await expect(dialog.first()).toBeVisible()
        await settled(page)
        await expectAccessibleInBothThemes(page, '[role=dialog]')
        await page.keyboard.press('Escape')
        await expect(dialog).toHaveCount(0)
      })
      const at = staging.planned_start.slice(0, 10)

      await signIn(page, hub, 'demo-admin', `/calendar?view=week&date=${at}&project=${staging.project_id}`, words)
      await page.locator(`[data-job="${staging.id}"]`).first().focus()
      await page.keyboard.press('Enter')
      await look('a job')
      await page.locator(`[data-job="${staging.id}"]`).first().focus()
      await page.keyboard.press('m')
      await look('move')
      await button('calendar.create.title').click()
      await look('quick create')
      await page.getByRole('button', { name: like('calendar.filter.title') }).first().click()
      await look('filters')
      await page.keyboard.press('Control+k')
      await look('palette')
      await page.keyboard.press('c')
      await look('palette that plans')
      await page.keyboard.press('l')
      await look('palette that launches')
      await page.keyboard.press('a')
      await look('palette that decides')
      await page.keyboard.press('?')
      await look('shortcuts')
      await page.locator('.counter').click()
      await look('conflicts')
      await page.locator('.counter').click()
      await dialog.locator('.group').first().click()
      await look('resolve')
      await page.locator('.counter').click()
      await button('conflicts.counter.resolveAll').click()
      await expect(dialog.getByRole('table')).toBeVisible()
      await look('resolve all')

      await page.goto(`${hub.url}/app/jobs/${launchable.id}`)
      await button('jobs.action.launch').click()
      await look('launch')
      await page.goto(`${hub.url}/app/jobs/${staging.id}`)
      await button('jobs.action.cancel').click()
      await look('cancel')
      await page.goto(`${hub.url}/app/freezes`)
      await page.getByRole('button', { name: words('freezes.create'), exact: true }).first().click()
      await look('freeze')
      await page.goto(`${hub.url}/app/users`)
      await button('users.new').click()
      await look('user')
      await page.goto(`${hub.url}/app/projects`)
      await button('projects.new').click()
      await look('project')
      await page.goto(`${hub.url}/app/audit`)
      await page.getByRole('button', { name: like('audit.seeEntry') }).first().click()
      await look('audit entry')

      // To approve is a part of its page, with the form in which it is done.
      await page.goto(`${hub.url}/app/approvals`)
      await expect(page.getByRole('button', { name: words('approvals.approve'), exact: true })).toBeVisible()
      await expect(page.getByRole('article').getByRole('heading', { name: prod.title })).toBeVisible()
      await expectAccessibleInBothThemes(page)
    })

    test('what comes before a session is accessible in both themes', async ({ page }) => {
      const hub = await startHub({ args: [] })
      try {
        await page.goto(`${hub.url}/app/`)
        await expect(page.getByRole('heading', { name: words('auth.setup.title') })).toBeVisible()
        await expectAccessibleInBothThemes(page)
      } finally {
        await hub.stop()
      }
    })
  })
}
