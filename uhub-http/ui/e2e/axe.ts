import AxeBuilder from '@axe-core/playwright'
import { expect, type Page } from '@playwright/test'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
/** All that the colours of a theme can change. */
const BY_COLOR = ['color-contrast', 'link-in-text-block']

/** On this part of a page: without frames, and without the list of what is right, it takes half the time. */
const axe = (page: Page, part: string) => new AxeBuilder({ page }).setLegacyMode(true).options({ resultTypes: ['violations'] }).include(part)

async function expectNothing(builder: AxeBuilder): Promise<void> {
  const { violations } = await builder.analyze()
  const told = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).join(', ')}`)
  expect(told).toEqual([])
}

async function wear(page: Page, theme: string): Promise<void> {
  await page.evaluate(async (to) => {
    document.documentElement.dataset['theme'] = to
    // Drawn with the next frame: under reduced motion no colour takes longer.
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))
  }, theme)
}

/**
 * No violation of WCAG 2.2 A and AA in either theme, on the page as it is, or in the part of it that is given: what lies behind a
 * dialog is not for reading. What lies over gradients axe cannot judge: the tokens' test does.
 */
export async function expectAccessibleInBothThemes(page: Page, part = 'html'): Promise<void> {
  await wear(page, 'light')
  await expectNothing(axe(page, part).withRules(BY_COLOR))
  await wear(page, 'dark')
  await expectNothing(axe(page, part).withTags(TAGS))
}
