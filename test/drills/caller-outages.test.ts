import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { type Caller, startCaller } from './_caller.ts'
import { pass, underLoad } from './_load.ts'
import { answerMetadata, type MetadataAnswer } from './_metadata.ts'

const minute = 60_000
const second = 1000

/** Everything that goes wrong with a metadata server, and what a call without a token is told. */
const failures: Record<string, { answer: MetadataAnswer; code: string }> = {
  'drops the connection': {
    answer: (response) => response.destroy(),
    code: 'identity_unavailable',
  },
  'is overloaded': { answer: answerMetadata(503), code: 'identity_unavailable' },
  'is asked too often': { answer: answerMetadata(429), code: 'identity_unavailable' },
  refuses: { answer: answerMetadata(403), code: 'identity_unavailable' },
  'answers HTML': {
    answer: answerMetadata(200, '<!doctype html><title>Sign in to the Wi-Fi</title>'),
    code: 'token_rejected',
  },
  'answers nothing': { answer: answerMetadata(200), code: 'token_rejected' },
  'answers half a token': { answer: answerMetadata(200, 'eyJhbGciOiJS'), code: 'token_rejected' },
  'is not Google’s': {
    answer: (response) => response.writeHead(200).end('hello'),
    code: 'identity_unavailable',
  },
  redirects: {
    answer: (response) =>
      response.writeHead(302, { location: '/x', 'metadata-flavor': 'Google' }).end(),
    code: 'identity_unavailable',
  },
  hangs: { answer: () => {}, code: 'identity_timeout' },
  'answers a byte at a time': { answer: trickle, code: 'identity_timeout' },
}

function trickle(response: ServerResponse): void {
  response.writeHead(200, { 'metadata-flavor': 'Google' })
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

/** What hangs is given up soon, but all attempts at what is overloaded fit in. */
const impatient = { timeoutMs: 700 }

describe.each(Object.entries(failures))('a metadata server that %s', (_, { answer, code }) => {
  test('fails no call for 30 minutes with a valid token, and all of them after it', async () => {
    const caller = await startCaller(impatient)
    const { call, metadata } = caller
    expect(await call()).toEqual({ outcome: '200' })
    const well = metadata.answer
    caller.clock.time += 29 * minute
    metadata.answer = answer
    const outcomes = await underLoad(call, () => pass(caller, 30, { step: 0.5, caller: call }), 2)
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(caller.serviceFetch.health().audiences[0]?.lastError).toBeDefined()
    caller.clock.time += minute
    expect(await call()).toEqual({ outcome: code })
    metadata.answer = well
    caller.clock.time += second
    expect(await call()).toEqual({ outcome: '200' })
  })

  test('fails no call in the last seconds of a token, when a new one is waited for', async () => {
    const { call, clock, metadata } = await startCaller(impatient)
    await call()
    clock.time += 60 * minute - 5000
    metadata.answer = answer
    expect(await call()).toEqual({ outcome: '200' })
    expect(metadata.asked).toBeGreaterThan(1)
  })

  test('leaves a cold caller with a code; nothing is sent, and it recovers', async () => {
    const caller = await startCaller(impatient)
    const well = caller.metadata.answer
    caller.metadata.answer = answer
    expect(await call100(caller)).toEqual({ [code]: 100 })
    expect(caller.metadata.asked).toBeLessThanOrEqual(4)
    if (code !== 'identity_timeout') await callInTurn(caller, code)
    expect(caller.metadata.asked).toBeLessThanOrEqual(4)
    expect(caller.service.requests).toBe(0)
    caller.metadata.answer = well
    caller.clock.time += second
    expect(await caller.call()).toEqual({ outcome: '200' })
  })
})

/** A hundred calls in turn: each is told at once what the ones before it were. */
async function callInTurn({ call }: Caller, code: string): Promise<void> {
  for (let calls = 0; calls < 100; calls += 1) expect(await call()).toEqual({ outcome: code })
}

/** A hundred first calls at once. */
async function call100({ call }: Caller): Promise<Record<string, number>> {
  const outcomes: Record<string, number> = {}
  const answers = await Promise.all(Array.from({ length: 100 }, () => call()))
  for (const { outcome } of answers) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
  return outcomes
}
