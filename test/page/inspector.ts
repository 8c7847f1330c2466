import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

export function inspectorTests(): void {
  test('a token is explained, and not sent or stored', async () => {
    const { emulator } = await startWorld()
    const token = await emulator.idToken('login', `${profilesUrl}/`)
    const page = await openPage(emulator.url, { path: '/?view=inspector' })
    await page.getByText('Live', { exact: true }).waitFor()
    const asked: string[] = []
    page.on('request', (request) => asked.push(request.url()))
    await page.getByLabel('ID token').fill(`Bearer ${token}`)
    const warnings = page.locator('.warnings li')
    await warnings.first().waitFor()
    expect(await warnings.allTextContents()).toEqual([
      expect.stringContaining('ends with a slash'),
      expect.stringContaining('An emulator signed the token'),
    ])
    const claims = page.getByRole('table').first()
    expect(await claims.getByRole('row', { name: 'exp' }).textContent()).toMatch(
      /expires in \d+ min/,
    )
    const shown = await page.locator('main').innerHTML()
    expect(shown).not.toContain(token.split('.')[2])
    expect(page.url()).not.toContain(token.slice(0, 20))
    await page.getByRole('link', { name: 'Calls' }).click()
    await page.getByRole('link', { name: 'Token inspector' }).click()
    expect(await page.getByLabel('ID token').inputValue()).toBe('')
    function stored() {
      return [localStorage.length, sessionStorage.length, document.cookie]
    }
    expect(await page.evaluate(stored)).toEqual([0, 0, ''])
    expect(asked).toEqual([])
  })

  test('a text that is not an ID token is explained', async () => {
    const { emulator } = await startWorld()
    const page = await openPage(emulator.url, { path: '/?view=inspector' })
    await page.getByLabel('ID token').fill('ya29.a0AfH6SMBx')
    await page.getByText('This is an access token').waitFor()
  })
}
