import type { CallHandled, Emulator } from '@countersign/emulator'
import type { Page } from 'playwright-core'
import type { ManyServices } from './_many-services.ts'

/** One state of the page that is photographed. */
export interface Scene {
  name: string
  url: string
  /** Actions on the page before the screenshot. */
  act?: (page: Page) => Promise<void>
}

/** The emulators that the scenes show. */
export interface Scenery {
  empty: Emulator
  examples: Emulator
  many: ManyServices
  /** Content of a recording. */
  recorded: string
}

/**
 * All states of the page.
 */
export function scenesOf({ empty, examples, many, recorded }: Scenery): readonly Scene[] {
  const busy = many.emulator
  return [
    { name: 'empty', url: `${empty.url}/` },
    { name: 'empty-graph', url: `${empty.url}/?view=graph` },
    { name: 'no-match', url: `${examples.url}/?text=nothing-like-it` },
    { name: 'calls', url: `${examples.url}/` },
    { name: 'busy', url: `${busy.url}/` },
    { name: 'call', url: `${examples.url}/?call=${idOf(examples, 'token_invalid', 'login')}` },
    { name: 'call-undeclared', url: `${examples.url}/?call=${idOf(examples, 'not_invoker')}` },
    { name: 'call-claimed', url: `${examples.url}/?call=${forgedId(examples)}` },
    { name: 'call-drill', url: `${examples.url}/?call=${drilledId(examples)}` },
    { name: 'call-missing', url: `${examples.url}/?call=99999` },
    { name: 'graph', url: `${examples.url}/?view=graph&from=search&to=user-profiles` },
    { name: 'graph-busy', url: `${busy.url}/?view=graph` },
    { name: 'graph-all', url: `${busy.url}/?view=graph&graph=all` },
    { name: 'pushes', url: `${examples.url}/?view=pushes` },
    { name: 'pushes-none', url: `${busy.url}/?view=pushes` },
    { name: 'drills', url: `${examples.url}/?view=drills` },
    { name: 'drills-none', url: `${empty.url}/?view=drills` },
    {
      name: 'drill-form',
      url: `${examples.url}/?view=drills`,
      act: (page) => page.getByRole('form').scrollIntoViewIfNeeded(),
    },
    { name: 'inspector-empty', url: `${examples.url}/?view=inspector` },
    { name: 'inspector', url: `${examples.url}/?view=inspector`, act: inspect(examples) },
    { name: 'recording', url: `${empty.url}/`, act: open('ci-run.jsonl', recorded) },
    { name: 'problem', url: `${examples.url}/`, act: open('notes.txt', 'hello') },
    { name: 'gone', url: `${examples.url}/`, act: loseEmulator },
  ]
}

function inspect(emulator: Emulator): (page: Page) => Promise<void> {
  return async (page) => {
    const audience = 'https://search-123456789012.us-central1.run.app/'
    await page.getByLabel('ID token').fill(await emulator.idToken('login', audience))
  }
}

function open(name: string, text: string): (page: Page) => Promise<void> {
  return async (page) => {
    const file = { name, mimeType: 'text/plain', buffer: Buffer.from(text) }
    await page.getByLabel('Recording').setInputFiles(file)
    await page.locator('.banner, .toast').waitFor()
  }
}

/** Simulates a stopped emulator, only for this page. */
async function loseEmulator(page: Page): Promise<void> {
  await page.route('**/emulator/v1/**', (route) => route.abort())
  await page.reload()
  await page.locator('.banner.gone').waitFor()
}

function callsOf({ events }: Emulator): readonly CallHandled[] {
  return events.kept.filter((event) => event.type === 'call')
}

function idOf(emulator: Emulator, code: string, service?: string): number | undefined {
  const calls = callsOf(emulator).filter((call) => call.code === code)
  return calls.find(({ caller, token }) => !service || (caller?.service === service && token))?.id
}

function forgedId(emulator: Emulator): number | undefined {
  return callsOf(emulator).find(({ caller, token }) => caller?.verified === false && !token)?.id
}

function drilledId(emulator: Emulator): number | undefined {
  return callsOf(emulator).find(({ drill }) => drill !== undefined)?.id
}
