import type { CallHandled, Emulator } from '@countersign/emulator'
import type { Page } from 'playwright-core'
import { test } from 'vitest'
import { expectAccessible } from './_axe.ts'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

const wide = { width: 1280, height: 800 }
const narrow = { width: 360, height: 740 }

export function accessibilityTests(): void {
  test.each([
    ['light', 'wide', wide],
    ['light', 'narrow', narrow],
    ['dark', 'wide', wide],
    ['dark', 'narrow', narrow],
  ] as const)(
    'axe finds nothing in any view, %s and %s',
    async (colorScheme, _size, viewport) => {
      const { emulator, calls } = await busyWorld()
      const page = await openPage(emulator.url, {
        ...{ colorScheme, viewport },
        expectedComplaint: /ERR_FAILED/,
      })
      for (const view of viewsOf(calls)) {
        await page.goto(`${emulator.url}/?view=${view}`)
        await page.getByText('Live', { exact: true }).waitFor()
        await expectAccessible(page, view)
      }
      await inspect(page, emulator)
      await fillDrillForm(page)
      await failRecording(page)
      await loseEmulator(page)
    },
    60_000,
  )
}

/**
 * Calls of each kind: successful, refused, claimed, undeclared, answered by a drill, and pushed.
 */
async function busyWorld() {
  const { emulator, call } = await startWorld()
  await call()
  await call({ as: null })
  await call({ as: 'search' })
  const drill = { fault: { kind: 'html' }, endpoint: 'front-door', times: 1 } as const
  await emulator.drill(drill)
  await call()
  await call({ audience: `${profilesUrl}/v1` })
  await emulator.push('orders', { maxAttempts: 2, speed: 10_000 })
  await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
  const calls = emulator.events.kept.filter((event) => event.type === 'call')
  return { emulator, calls }
}

function viewsOf(calls: readonly CallHandled[]): readonly string[] {
  const opened = ['not_invoker', 'token_invalid'].map((code) => {
    return `calls&call=${calls.find((call) => call.code === code)?.id}`
  })
  const drilled = calls.find(({ drill, layers }) => drill && layers.length === 2)
  return [
    ...['calls', 'calls&text=nothing-like-it', ...opened, `calls&call=${drilled?.id}`],
    ...['calls&call=99999', 'graph&from=search&to=user-profiles', 'pushes', 'drills', 'inspector'],
  ]
}

async function inspect(page: Page, emulator: Emulator): Promise<void> {
  await page.getByLabel('ID token').fill(await emulator.idToken('login', `${profilesUrl}/`))
  await expectAccessible(page, 'a token')
  await page.getByLabel('ID token').fill('ya29.a0AfH6SMBx')
  await expectAccessible(page, 'not an ID token')
}

async function fillDrillForm(page: Page): Promise<void> {
  await page.getByRole('link', { name: 'Drills' }).click()
  for (const fault of ['delay', 'clock-shift', 'drop-key']) {
    await page.getByLabel('What goes wrong').selectOption(fault)
    await expectAccessible(page, `the drill form, ${fault}`)
  }
}

async function failRecording(page: Page): Promise<void> {
  const file = { name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') }
  await page.getByLabel('Recording').setInputFiles(file)
  await page.locator('.toast').waitFor()
  await expectAccessible(page, 'a file that is not a recording')
}

async function loseEmulator(page: Page): Promise<void> {
  await page.route('**/emulator/v1/**', (route) => route.abort())
  await page.reload()
  await page.locator('.banner.gone').waitFor()
  await expectAccessible(page, 'an emulator that does not answer')
}
