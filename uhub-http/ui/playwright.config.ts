import { defineConfig } from '@playwright/test'

/** Debian's browser, or another by its path. */
const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // Tests of one file share a hub; files do not.
  fullyParallel: false,
  workers: 2,
  retries: 0,
  timeout: 90_000,
  // Patient: only what never comes should fail.
  expect: { timeout: 15_000, toHaveScreenshot: { maxDiffPixels: 40, threshold: 0.05, animations: 'disabled' } },
  snapshotPathTemplate: '{testDir}/baselines/{arg}{ext}',
  reporter: [['list']],
  use: {
    // The hub that `e2e/hub.ts` starts for each file says where it listens.
    browserName: 'chromium',
    launchOptions: { executablePath },
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Paris',
    contextOptions: { reducedMotion: 'reduce' },
    // Traces take a third of the time: `--trace on` when one is needed.
    screenshot: 'only-on-failure',
  },
})
