import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

export function callTests(): void {
  test('before the first call the page says how to make one', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url)
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    const commands = await page.locator('pre').allTextContents()
    expect(commands).toEqual([
      `countersign call login / --as website --emulator ${emulator.url}`,
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
    expect(await row.textContent()).toMatch(/GET \/profiles\/7200\d+ ms$/)
    expect(await call({ path: '/profiles/8' })).toBe(200)
    await page.getByRole('row', { name: '/profiles/8' }).waitFor()
    await expect.poll(() => requests(page)).toEqual(['/profiles/8', '/profiles/7'])
  })

  test('a call that the front door refused shows its layers and what of the audience differs', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ audience: `${profilesUrl}/` })).toBe(401)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_invalid' }).click()
    const panel = page.getByRole('region', { name: 'login claimed → user-profiles' })
    expect(await panel.locator('.verdict h3').textContent()).toBe('Refusedtoken_invalid')
    expect(await panel.locator('.verdict').textContent()).toContain('never saw it')
    expect(await panel.locator('.mismatch del').allTextContents()).toEqual(['/'])
    expect(await panel.locator('.mismatch dd').allTextContents()).toEqual([
      `${profilesUrl}/`,
      profilesUrl,
    ])
    expect(await panel.locator('.step h4').allTextContents()).toEqual([
      'Token minted',
      'Sent by the caller',
      'Token in authorization',
      'Front door: refused, token_invalid',
    ])
  })

  test('a call that the receiver refused shows all layers, and the token that the receiver read', async () => {
    const { emulator, call } = await startWorld()
    const other = profilesUrl.replace('user-profiles', 'user-profile')
    expect(await call({ audienceForApp: other })).toBe(401)
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'audience_mismatch' }).click()
    const panel = page.getByRole('region', { name: 'login → user-profiles' })
    expect(await panel.locator('.verdict').textContent()).toContain('verifyCaller in user-profiles')
    expect(await panel.locator('.mismatch ins').allTextContents()).toEqual(['s'])
    const steps = panel.locator('.step h4')
    expect(await steps.allTextContents()).toEqual([
      'Token minted',
      'Sent by the caller',
      'Token in x-serverless-authorization',
      'Token in authorization',
      'Front door: admitted',
      'Handed to user-profiles',
      'Receiver: refused, audience_mismatch',
      'Answer: 401',
    ])
    const changes = await panel.locator('.step > .changes tr').allTextContents()
    expect(changes.join('\n')).toMatch(/forwarded.*added/i)
  })

  test('a call that the policy does not declare comes with what would allow it', async () => {
    const { emulator, call } = await startWorld()
    expect(await call({ as: 'search' })).toBe(403)
    const page = await openPage(emulator.url, {
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await page.getByRole('row', { name: 'not_invoker' }).click()
    const event = emulator.events.kept.findLast(({ type }) => type === 'call')
    const snippet = event?.type === 'call' ? event.snippet : undefined
    expect(await page.locator('.verdict pre').textContent()).toBe(snippet?.trimEnd())
    expect(snippet).toContain('"search"')
    await page.locator('.verdict').getByRole('button', { name: 'Copy' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(snippet)
  })

  test('a replay opens the call that comes of it, with a new token', async () => {
    const { emulator, call } = await startWorld()
    await call({ audience: `${profilesUrl}/` })
    const page = await openPage(emulator.url)
    await page.getByRole('row', { name: 'token_invalid' }).click()
    const before = page.url()
    await page.getByRole('button', { name: 'Replay' }).click()
    await page.getByText(/replay of call \d+/).waitFor()
    expect(page.url()).not.toBe(before)
    expect(await page.locator('.verdict h3').textContent()).toContain('token_invalid')
    await expect.poll(() => requests(page)).toEqual(['/profiles/7', '/profiles/7'])
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

  test('a paused list stands still, and says how many calls wait', async () => {
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

/** The targets that are listed, from the top. */
async function requests(page: Page): Promise<string[]> {
  const cells = await page.locator('tr.call .request').allTextContents()
  return cells.map((text) => text.split(' ')[1] ?? '')
}
