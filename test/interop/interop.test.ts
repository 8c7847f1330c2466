/**
 * Google's clients, unmodified, against the emulator: each finds it by its own environment variables
 * and credentials files, and calls a service behind its front door and a receiver.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, type TestContext, test } from 'vitest'
import type { Arrival, Client } from './_client.ts'
import { clients } from './_clients.ts'
import { type Outcome, outcomeOf, verdictsOf } from './_outcome.ts'
import { createReport } from './_report.ts'
import { isLeftOut, isMissing, makeReady, type Toolchain } from './_toolchains.ts'
import { audience, type Credential, login, startWorld, type World } from './_world.ts'

/** Set in CI: not being ready for a language that the machine has is a failure then, not a skip. */
const { INTEROP_REQUIRED: isRequired } = process.env

const toolchains = new Set(clients.map(({ toolchain }) => toolchain))
const notReady = new Map<Toolchain, Error>()
const report = createReport(clients.map(({ name }) => name))

/** Environments, and what a guard has to say of each; packages/shared has the same ones. */
interface GuardCase {
  readonly env: Readonly<Record<string, string>>
  readonly why: string
  /** The emulator's URL, null for none. */
  readonly emulator?: string | null
  /** What the refusal names. */
  readonly refused?: string
}

const guardCases: GuardCase[] = JSON.parse(
  await readFile(new URL('../vectors/emulator-guard.json', import.meta.url), 'utf8'),
)

let world: World
beforeAll(async () => {
  world = await startWorld()
  await Promise.all([...toolchains].map(tryToolchain))
})

afterAll(() => console.log(['', ...report.lines(), ''].join('\n')))

async function tryToolchain(toolchain: Toolchain): Promise<void> {
  const { name } = toolchain
  try {
    console.log(`interop: ${name}: ${await makeReady(toolchain)}`)
  } catch (error) {
    notReady.set(toolchain, error as Error)
    console.log(`interop: ${name}: not ready: ${(error as Error).message}`)
  }
}

function skipUnlessReady({ toolchain }: Client, { skip }: TestContext): void {
  const error = notReady.get(toolchain)
  if (!error) return
  if (isRequired && !isMissing(error) && !isLeftOut(toolchain)) throw error
  skip(`${toolchain.name} is not ready on this machine: ${error.message}`)
}

describe.each(clients)('$name', (client) => {
  const { arrives, call, guard, sample, verify } = client

  for (const [credential, expected] of entriesOf(arrives)) {
    test(titleOf(credential, expected), async (context) => {
      skipUnlessReady(client, context)
      const outcome = await outcomeOf(call(world, credential), world)
      const isItself = credential === 'impersonation' && outcome.as === login
      report.note(client.name, credential, isItself ? 'no: calls as itself' : inWords(outcome))
      const failed = { ...expected, error: expect.any(String) }
      expect(outcome).toEqual('as' in expected ? expected : failed)
    })
  }

  if (sample) {
    test('Google’s sample ends in a 200', async (context) => {
      skipUnlessReady(client, context)
      const outcome = await outcomeOf(await sample(world), world)
      report.note(client.name, 'sample', inWords(outcome))
      expect(outcome).toEqual({ as: login })
      const arrived = { endpoint: 'front-door', account: login, status: 200 }
      expect(world.emulator.requests.at(-1)).toMatchObject(arrived)
    })
  }

  if (verify) {
    test('its verifier takes a listed caller’s token, and no other', async (context) => {
      skipUnlessReady(client, context)
      const verdicts = await verdictsOf(verify, { world, lines: await tokens() })
      expect(verdicts.map((verdict) => verdict.slice(0, 80))).toEqual([
        login,
        expect.stringMatching(/^refused: .*(audience|recipient)/i),
        expect.stringMatching(/^refused: .*(signature|verif)/i),
        'refused: caller not allowed',
      ])
      report.note(client.name, 'verifier', 'takes ours, refuses others')
    })
  }

  if (guard) {
    test('its recipes refuse the emulator where our packages do', async (context) => {
      skipUnlessReady(client, context)
      const lines = guardCases.map(({ env }) => pairsOf(env).join('\t'))
      const verdicts = await verdictsOf(guard, { world, lines })
      expect(verdicts).toHaveLength(guardCases.length)
      for (const [index, { refused, emulator, why }] of guardCases.entries()) {
        const verdict = verdicts[index] ?? ''
        expect(verdict, why).not.toContain('secret')
        if (refused === undefined) expect(verdict, why).toBe(emulator ?? 'none')
        else expect(verdict, why).toMatch(/^refused: COUNTERSIGN_EMULATOR/)
        expect(verdict, why).toContain(refused ?? '')
      }
    })
  }
})

function pairsOf(env: Readonly<Record<string, string>>): string[] {
  return Object.entries(env).map(([name, value]) => `${name}=${value}`)
}

type Arrivals = [Credential, Arrival][]

function entriesOf(arrives: Client['arrives']): Arrivals {
  return Object.entries(arrives) as Arrivals
}

function titleOf(credential: Credential, expected: Arrival): string {
  return 'as' in expected
    ? `by ${credential} it calls as ${expected.as}`
    : `by ${credential} it insists on ${expected.fixedHost}`
}

/** A good one, one for another audience, one with another's signature, and a stranger's. */
async function tokens(): Promise<string[]> {
  const { emulator } = world
  const good = await emulator.idToken('login', audience)
  const forOther = await emulator.idToken('login', 'https://search-123.us-central1.run.app')
  const forged = [...good.split('.').slice(0, 2), forOther.split('.')[2]].join('.')
  const stranger = await emulator.idToken('eve-run@evil.iam.gserviceaccount.com', audience)
  return [good, forOther, forged, stranger]
}

function inWords({ as, fixedHost, error = 'no answer' }: Outcome): string {
  if (as !== undefined) return '200'
  const [reason] = error.trim().split('\n').slice(-1)
  return fixedHost === undefined ? `failed: ${reason}` : `no: ${fixedHost} is fixed`
}

test('the guide shows the table as it is printed', async () => {
  const guide = new URL('../../docs/guides/other-languages.md', import.meta.url)
  const shown = (await readFile(guide, 'utf8')).split('\n')
  for (const line of report.lines()) expect(shown).toContain(line)
})
