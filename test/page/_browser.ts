import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { buildPage } from '../../scripts/build-page.ts'
import { startChromium } from './_chromium.ts'

let running: Browser

/** The browser that all tests of this file share. */
export function browser(): Browser {
  return running
}

/** Builds the page and starts the browser, for the tests of this file. */
export function useBrowser(): void {
  beforeAll(async () => {
    await buildPage()
    running = await startChromium()
  })
  afterAll(() => running?.close())
}
