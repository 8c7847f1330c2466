import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createTestIssuer } from '@countersign/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  handTokens,
  type MetadataAnswer,
  type MetadataServer,
  startMetadataServer,
} from './_metadata.ts'
import { listening } from './_service.ts'

const minute = 60_000

/** A process that calls a service, and what it asks for tokens. */
interface Frozen {
  child: ChildProcess
  metadata: MetadataServer
  /** How its next call ended, as it says itself; or what it answers at once. */
  call(path?: '/ready'): Promise<string>
}

async function startFreezable(answer: MetadataAnswer): Promise<Frozen> {
  const metadata = await startMetadataServer(answer)
  const target = await listening((_request, response) => response.end())
  const child = fork(fileURLToPath(new URL('_freezable-caller.ts', import.meta.url)), {
    execArgv: ['--conditions=@countersign/source'],
    env: { ...process.env, FREEZABLE_TARGET: target, FREEZABLE_METADATA: metadata.host },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [url] = (await once(child, 'message')) as [string]
  return { child, metadata, call: async (path) => (await fetch(url + (path ?? ''))).text() }
}

/** Stops it once it has asked for a token, for longer than all attempts may take. */
async function freeze({ child, metadata }: Frozen, asked: number): Promise<void> {
  await vi.waitFor(() => expect(metadata.asked).toBe(asked), 5000)
  child.kill('SIGSTOP')
  await passed(1700)
}

const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** A metadata server that is well, whose tokens are new by that clock. */
async function wellAnswer(aheadMs = 0): Promise<MetadataAnswer> {
  const now = () => Date.now() + aheadMs
  const issuer = await createTestIssuer({ now })
  return handTokens({ now, issuer: () => issuer })
}

describe('a process that is frozen past the deadline of a token fetch in flight', () => {
  test('answers the next call once it is thawed', async () => {
    const frozen = await startFreezable(() => {})
    const first = frozen.call()
    expect(await frozen.call('/ready')).toBe('ready')
    await freeze(frozen, 1)
    frozen.metadata.answer = await wellAnswer()
    // On a connection that is open already: there to be read the moment the process goes on.
    const next = frozen.call()
    await passed(50)
    frozen.child.kill('SIGCONT')
    expect(await next).toBe('200')
    expect(await first).toMatch(/^(200|identity_timeout)$/)
    expect(frozen.metadata.asked).toBe(2)
  })

  test('answers all calls while its token is valid, and renews it', async () => {
    const frozen = await startFreezable(await wellAnswer())
    expect(await frozen.call()).toBe('200')
    frozen.metadata.answer = () => {}
    frozen.child.send(`${58 * minute}`)
    await once(frozen.child, 'message')
    expect(await frozen.call()).toBe('200')
    await freeze(frozen, 2)
    frozen.metadata.answer = await wellAnswer(58 * minute)
    frozen.child.kill('SIGCONT')
    expect(await frozen.call()).toBe('200')
    // A failed refresh is followed by another in half a minute; by then this token is at its end.
    frozen.child.send(`${60 * minute}`)
    await once(frozen.child, 'message')
    expect(await frozen.call()).toBe('200')
    expect(frozen.metadata.asked).toBe(3)
  })
})
