import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

export function keyboardTests(): void {
  test('a call is found, opened, closed and replayed only by keyboard', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ audience: `${profilesUrl}/v1` })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').first().waitFor()
    await tabTo(page, 'Calls, newest first')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('j')
    expect(await activeRow(page)).toContain('200')
    await page.keyboard.press('k')
    expect(await activeRow(page)).toContain('token_invalid')
    await page.keyboard.press('Enter')
    await page.locator('#call-heading:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#calls:focus').waitFor()
    expect(await page.locator('.call-panel').count()).toBe(0)
    await page.keyboard.press('End')
    await page.keyboard.press('Enter')
    await page.locator('#call-heading:focus').waitFor()
    await tabTo(page, 'Replay')
    await page.keyboard.press('Enter')
    await page.getByText(/replay of call/).waitFor()
  })

  test('moving in the table while a call is open opens the next one', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: null, path: '/profiles/9' })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').first().click()
    expect(await page.locator('.call-head .request-line').textContent()).toContain('/profiles/9')
    await page.keyboard.press('ArrowDown')
    await page.locator('.call-head', { hasText: '/profiles/7' }).waitFor()
  })

  test('on a narrow page a call that replaces the table gets the focus', async () => {
    const { emulator, call } = await startWorld()
    await call()
    const page = await openPage(emulator.url, { viewport: { width: 360, height: 740 } })
    await page.locator('tr.call').click()
    await page.locator('#call-heading:focus').waitFor()
    await page.keyboard.press('Escape')
    await page.locator('#calls:focus').waitFor()
  })

  test('everything clickable is reachable by keyboard, and the focus is visible', async () => {
    const { emulator, call } = await startWorld()
    await call({ as: 'search' })
    await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
    const page = await openPage(emulator.url)
    for (const view of ['calls&call=2', 'graph', 'pushes', 'drills', 'inspector']) {
      await page.goto(`${emulator.url}/?view=${view}`)
      await page.getByText('Live', { exact: true }).waitFor()
      const controls = page.locator(focusable)
      const all = await controls.count()
      const reached = await tabThrough(page, all)
      expect(reached.size, view).toBe(all)
      for (const [name, isSeen] of reached) expect(isSeen, `${view}: ${name}`).toBe(true)
    }
  })
}

const focusable =
  'a[href], button:enabled, input:not([hidden]), select, textarea, summary, [tabindex="0"]'

/** Presses Tab until something with this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      return element?.getAttribute('aria-label') ?? element?.textContent
    })
    if (focused === name) return
  }
  throw new Error(`Tab never came to ${name}`)
}

/** Elements that have the focus after each Tab, and whether the focus is visible. */
async function tabThrough(page: Page, presses: number): Promise<Map<string, boolean>> {
  const reached = new Map<string, boolean>()
  for (let press = 0; press < presses; press += 1) {
    await page.keyboard.press('Tab')
    const { name, isSeen } = await page.evaluate((selector) => {
      const element = document.activeElement ?? document.body
      const index = [...document.querySelectorAll(selector)].indexOf(element)
      const holder = element.matches('#calls') ? element.parentElement : element
      const outline = getComputedStyle(holder ?? element).outlineStyle
      return { name: `${index} ${element.textContent?.slice(0, 20)}`, isSeen: outline !== 'none' }
    }, focusable)
    reached.set(name, isSeen)
  }
  return reached
}

async function activeRow(page: Page): Promise<string | null> {
  const id = await page.locator('#calls').getAttribute('aria-activedescendant')
  return page.locator(`[id="${id}"]`).textContent()
}
