import type { BrowserContextOptions, Page } from 'playwright-core'
import { expect, onTestFinished } from 'vitest'
import { browser } from './_browser.ts'

/** Long enough for a slow machine, short enough to see which step failed. */
const timeoutMs = 15_000

/** How a page is opened. */
export interface OpenOptions extends BrowserContextOptions {
  /** Path and query. @default '/' */
  path?: string
  /** Console errors that the test causes on purpose. */
  expectedComplaint?: RegExp
}

/**
 * Opens the emulator's page in a new browser context. The test fails if the console shows an error,
 * including a violation of the content security policy.
 *
 * @param url the emulator's
 * @param options how
 */
export async function openPage(url: string, options: OpenOptions = {}): Promise<Page> {
  const { path = '/', expectedComplaint, ...context } = options
  const opened = await browser().newContext(context)
  opened.setDefaultTimeout(timeoutMs)
  const page = await opened.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('console', (message) => {
    const text = message.text()
    if (message.type() === 'error' && !expectedComplaint?.test(text)) complaints.push(text)
  })
  onTestFinished(async () => {
    await opened.close()
    expect(complaints).toEqual([])
  })
  await page.goto(url + path)
  return page
}
