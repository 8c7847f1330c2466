import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function callTests(): void {
  test('before the first call the page shows how to make one', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url)
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    const commands = await page.locator('pre').allTextContents()
    expect(commands).toEqual([
      `npx countersign call login / --as website --emulator ${emulator.url}`,
      `curl -i ${emulator.frontDoor('login')}/`,
    ])
  })

  test('a call appears while the page is open', async () => {
    const { emulator, call } = await startWorld()
    const page = await openPage(emulator.url)
    await page.getByText('Live', { exact: true }).waitFor()
    expect(await call()).toBe(200)
    const row = page.getByRole('row', { name: 'login → user-profiles' })
    await row.waitFor()
    expect(await row.textContent()).toMatch(/GET \/profiles\/7200[\d.]+ m?s$/)
    expect(await call({ path: '/profiles/8' })).toBe(200)
    await page.getByRole('row', { name: '/profiles/8' }).waitFor()
    await expect.poll(() => requests(page)).toEqual(['/profiles/8', '/profiles/7'])
  })

  test('the URL holds the filter and the open call, and the back button closes it', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: null, path: '/profiles/9' })
    const page = await openPage(emulator.url)
    await page.getByLabel('Refused or failed').check()
    await page.getByRole('searchbox').fill('profiles/9')
    await expect.poll(() => requests(page)).toEqual(['/profiles/9'])
    await page.getByRole('row', { name: '(anonymous)' }).click()
    const again = await page.context().newPage()
    await again.goto(page.url())
    await again.locator('.verdict').waitFor()
    expect(await again.locator('.verdict h3').textContent()).toContain('token_missing')
    await expect.poll(() => requests(again)).toEqual(['/profiles/9'])
    await page.goBack()
    expect(await page.locator('.call-panel').count()).toBe(0)
    await page.getByRole('button', { name: 'Clear' }).click()
    await expect.poll(() => requests(page)).toEqual(['/profiles/9', '/profiles/7'])
  })

  test('a paused list does not move, and shows the number of waiting calls', async () => {
    const { emulator, call } = await startWorld()
    await call()
    const page = await openPage(emulator.url)
    await page.getByRole('button', { name: 'Pause' }).click()
    await call({ path: '/profiles/8' })
    await page.getByRole('button', { name: 'Resume (1 new)' }).waitFor()
    await expect.poll(() => requests(page)).toEqual(['/profiles/7'])
    await page.getByRole('button', { name: 'Resume' }).click()
    await expect.poll(() => requests(page)).toEqual(['/profiles/8', '/profiles/7'])
  })
}

/** The listed targets, from the top. */
async function requests(page: Page): Promise<string[]> {
  const cells = await page.locator('tr.call .request').allTextContents()
  return cells.map((text) => text.split(' ')[1] ?? '')
}
