import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

/** The longest codes of a receiver, a front door and serviceFetch. */
const codes = ['operation_not_allowed', 'algorithm_not_allowed', 'not_a_service_account']

export function widthTests(): void {
  test.each([
    ['1280 pixels', 1280, ''],
    ['1280 pixels, beside an open call', 1280, '&call=2'],
    ['420 pixels', 420, ''],
  ])('no code, status or reason is cut at %s', async (_title, width, query) => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, {
      path: `/?${query}`,
      viewport: { width, height: 800 },
    })
    await page.getByText('Live', { exact: true }).waitFor()
    const buffer = Buffer.from(recordingOf(emulator.url))
    const file = { name: 'run.jsonl', mimeType: 'text/plain', buffer }
    await page.getByLabel('Recording').setInputFiles(file)
    await page
      .locator('tr.call')
      .nth(codes.length + 1)
      .waitFor()
    if (query) await page.locator('tr.call').first().click()
    expect(await cutCells(page)).toEqual([])
  })
}

/** Texts of the cells that are not shown completely. */
function cutCells(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const cells = [...document.querySelectorAll('tr.call td:not(.request)')]
    const parts = cells.flatMap((cell) => [cell, ...cell.querySelectorAll('.caller, .receiver')])
    const cut = parts.filter((part) => {
      const { paddingLeft, paddingRight } = getComputedStyle(part)
      const padding = Number.parseFloat(paddingLeft) + Number.parseFloat(paddingRight)
      const content = document.createRange()
      content.selectNodeContents(part)
      const { width } = content.getBoundingClientRect()
      return part.clientWidth > 0 && width > part.getBoundingClientRect().width - padding
    })
    return cut.map(({ textContent }) => textContent ?? '')
  })
}

/** A recording with the longest codes, with usual names. */
function recordingOf(url: string): string {
  const names = ['storefront', 'notifications']
  const services = names.map((name) => {
    const account = `${name}-run@acme.iam.gserviceaccount.com`
    return { name, account, audiences: [], public: false }
  })
  const state = { run: 'r', url, services, edges: [], pushes: [], drills: [] }
  const caller = { service: 'storefront', account: services[0]?.account, verified: true }
  const request = { at: 1_000, method: 'POST', target: '/messages', status: 403, durationMs: 1_234 }
  const refused = { ...request, type: 'call', caller, receiver: 'notifications', layers: [] }
  const calls = codes.map((code, index) => {
    return { ...refused, id: index + 1, code, refusedBy: 'receiver', declared: false }
  })
  const unreachable = { ...refused, id: 8, code: 'app_unreachable', refusedBy: 'front-door' }
  const stopped = { service: 'storefront', target: 'notifications', method: 'GET', path: '/send' }
  const refusal = { type: 'refusal', id: 9, at: 1_000, ...stopped, code: 'target_beyond_emulator' }
  const header = { countersign: 'recording', version: 1, state }
  return [header, ...calls, unreachable, refusal].map((line) => JSON.stringify(line)).join('\n')
}
