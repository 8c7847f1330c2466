import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

/** Anybody can create such a token. */
const unsigned = [
  { alg: 'none' },
  { email: 'login-run@acme.iam.gserviceaccount.com', aud: profilesUrl, sub: '1' },
].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
const headers = { authorization: `Bearer ${unsigned.join('.')}.` }

export function claimedTests(): void {
  test('a caller that only claims to be a service is never shown as that service', async () => {
    const { emulator, call } = await startWorld()
    emulator.setPublic('user-profiles', true)
    await call()
    await call({ as: null, headers, path: '/profiles/forged' })
    const page = await openPage(emulator.url)
    const row = page.getByRole('row', { name: '/profiles/forged' })
    await row.waitFor()
    expect(await row.locator('.who').textContent()).toMatch(/^login ?claimed ?→/)
    await row.click()
    expect(await page.locator('#call-heading').textContent()).toContain('claimed')
    await page.locator('.verdict').getByText('login is only claimed').waitFor()
    await page.getByRole('combobox', { name: 'Service' }).selectOption('login')
    await expect.poll(() => page.locator('tr.call').count()).toBe(1)
    await page.getByRole('combobox', { name: 'Service' }).selectOption('login (claimed)')
    await row.waitFor()
    expect(await page.locator('tr.call').count()).toBe(1)
  })

  test('a caller that only claims to be a service is a separate node of the graph', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: null, headers })
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    const claimed = page.locator('svg .node.claimed')
    await claimed.waitFor()
    expect(await claimed.locator('text').textContent()).toBe('login (claimed)')
    await page.getByRole('button', { name: 'login → user-profiles 1 call' }).waitFor()
    await page
      .getByRole('button', { name: 'login claimed → user-profiles 1 call, 1 failed' })
      .click()
    expect(await page.locator('.edge-card h2').textContent()).toContain('claimed')
    expect(await page.locator('.edge-card pre').count()).toBe(0)
  })
}
