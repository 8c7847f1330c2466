import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

const run = promisify(execFile)
const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

export function commandTests(): void {
  test('the copied command makes the same call, without values that are not recorded', async () => {
    const { emulator, call } = await startWorld()
    await call({ headers: { 'x-api-key': 'k3y', 'x-tenant': 'blue' } })
    const permissions = ['clipboard-read', 'clipboard-write']
    const page = await openPage(emulator.url, { permissions })
    await page.locator('tr.call').click()
    await page.getByText('without x-api-key').waitFor()
    await page.getByRole('button', { name: 'Copy as command' }).click()
    await page.getByRole('button', { name: 'Copied' }).waitFor()
    const command = await page.evaluate(() => navigator.clipboard.readText())
    expect(command).not.toContain('redacted')
    expect(await runCommand(command)).toContain('login-run@acme.iam.gserviceaccount.com')
    const [second, first] = emulator.events.kept.filter(({ type }) => type === 'call').reverse()
    function headersOf(event: typeof first) {
      return event?.type === 'call' && event.layers[0]?.stage === 'sent'
        ? event.layers[0].headers
        : []
    }
    expect(second).toMatchObject({ target: '/profiles/7', method: 'GET', status: 200 })
    expect(headersOf(second)).toContainEqual(['x-tenant', 'blue'])
  })

  test('a call that no command can repeat shows the reason', async () => {
    const { emulator, call } = await startWorld()
    const stranger = await emulator.idToken('eve-run@evil.iam.gserviceaccount.com', profilesUrl)
    await call({ as: null, headers: { authorization: `Bearer ${stranger}` } })
    const page = await openPage(emulator.url)
    await page.locator('tr.call').click()
    await page.getByText('no service has the account eve-run@evil').waitFor()
    expect(await page.getByRole('button', { name: 'Copy as command' }).count()).toBe(0)
  })
}

/** Runs the command in a shell, as if it were a dev dependency of this project. */
async function runCommand(command: string): Promise<string> {
  const script = `npx() { shift; '${process.execPath}' --conditions=@countersign/source '${main}' "$@"; }; ${command}`
  const { stdout } = await run('sh', ['-c', script])
  return stdout
}
