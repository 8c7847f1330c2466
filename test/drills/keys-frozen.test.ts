import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { TestIssuer } from '@countersign/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  answerKeys,
  type KeyServer,
  startKeyServer,
} from '../../packages/receiver/test/_key-server.ts'
import { audience, email } from './_names.ts'
import { call, published } from './_service.ts'

const minute = 60_000

describe('a process that is frozen in the middle of a key fetch', () => {
  interface Frozen {
    child: ChildProcess
    url: string
    keyServer: KeyServer
  }

  async function startFreezable(answer: KeyServer['answer']): Promise<Frozen> {
    const keyServer = await startKeyServer(answer)
    const child = fork(fileURLToPath(new URL('_freezable.ts', import.meta.url)), {
      execArgv: ['--conditions=@countersign/source'],
      env: { ...process.env, FREEZABLE_KEYS: keyServer.url },
    })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [url] = (await once(child, 'message')) as [string]
    return { child, url, keyServer }
  }

  /** Stops it once it has asked for keys, for longer than the fetch may take. */
  async function freeze({ child, keyServer }: Frozen, requests: number): Promise<void> {
    await vi.waitFor(() => expect(keyServer.requests).toBe(requests), 5000)
    child.kill('SIGSTOP')
    await passed(1700)
  }

  const passed = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

  async function realService(): Promise<TestIssuer> {
    const { createTestIssuer } = await import('@countersign/testing')
    return createTestIssuer()
  }

  test('answers the next request once it is thawed', async () => {
    const issuer = await realService()
    const frozen = await startFreezable(() => {})
    const token = await issuer.idToken({ email, audience })
    const first = call(frozen.url, token)
    expect(await call(frozen.url, '')).toMatchObject({ outcome: '401 token_missing' })
    await freeze(frozen, 1)
    frozen.keyServer.answer = answerKeys(published(issuer))
    // On a connection that is open already: there to be read the moment the process goes on.
    const next = call(frozen.url, token)
    await passed(50)
    frozen.child.kill('SIGCONT')
    expect(await next).toMatchObject({ outcome: '200' })
    expect((await first).outcome).toMatch(/^(200|503 keys_unavailable)$/)
    expect(frozen.keyServer.requests).toBe(2)
  })

  test('still answers while it had keys, and renews them', async () => {
    const issuer = await realService()
    const frozen = await startFreezable(answerKeys(published(issuer)))
    expect(await call(frozen.url, await issuer.idToken({ email, audience }))).toMatchObject({
      outcome: '200',
    })
    frozen.keyServer.answer = () => {}
    frozen.child.send(`${55 * minute}`)
    await once(frozen.child, 'message')
    const issuedAt = new Date(Date.now() + 55 * minute)
    const token = await issuer.idToken({ email, audience, issuedAt })
    expect(await call(frozen.url, token)).toMatchObject({ outcome: '200' })
    await freeze(frozen, 2)
    frozen.keyServer.answer = answerKeys(published(issuer))
    frozen.child.kill('SIGCONT')
    expect(await call(frozen.url, token)).toMatchObject({ outcome: '200' })
    await vi.waitFor(async () => {
      await call(frozen.url, token)
      expect(frozen.keyServer.requests).toBe(3)
    }, 5000)
  })
})
