import { expect, onTestFinished, test, vi } from 'vitest'
import { createReceiver } from '../../src/create-receiver.ts'
import type { LogEntry } from '../../src/events.ts'
import { type GoogleKeysOptions, googleKeys } from '../../src/keys/google-keys.ts'
import { first, hour, minute } from '../_google-keys.ts'
import { answerKeys, answerText, startKeyServer } from '../_key-server.ts'
import { audience, login } from '../_receiver.ts'

const start = Date.parse('2026-11-28T10:00:00Z')

/** Google's keys as a service has them that listens to no events, and the receiver that they are for. */
async function service({
  log,
  onEvent,
}: Pick<GoogleKeysOptions, 'onEvent'> & { log?: false } = {}) {
  const server = await startKeyServer(answerKeys([first]))
  const clock = { time: start }
  const now = () => clock.time
  const keys = googleKeys({ url: server.url, now, ...(onEvent && { onEvent }) })
  const entries: LogEntry[] = []
  const options = { allow: [login], audience, keys, now }
  createReceiver({ ...options, log: log ?? ((entry) => entries.push(entry)) })
  /** A call, and whatever it set off in the background. */
  async function call(): Promise<void> {
    await Promise.resolve(keys.key('first')).catch(() => {})
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  return { server, clock, keys, options, call, entriesOf: () => entries.filter(isAboutKeys) }
}

function isAboutKeys(entry: LogEntry): boolean {
  return /key/.test(entry.code)
}

function linesOnStdout(): LogEntry[] {
  const lines: LogEntry[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    const entry: LogEntry = JSON.parse(String(line))
    if (isAboutKeys(entry)) lines.push(entry)
    return true
  })
  onTestFinished(() => write.mockRestore())
  return lines
}

test('stale keys in use are a warning each hour that names the hour at which they end', async () => {
  const { server, clock, call, entriesOf } = await service()
  await call()
  server.answer = answerText(503)
  clock.time = start + hour
  for (let passed = 0; passed < 121; passed += 1) {
    await call()
    clock.time += minute
  }
  const warning = {
    severity: 'WARNING',
    code: 'stale_keys_used',
    message: expect.stringContaining('until 2026-11-29T11:00:00.000Z'),
    freshUntil: '2026-11-28T11:00:00.000Z',
    usableUntil: '2026-11-29T11:00:00.000Z',
    error: expect.stringContaining('no keys could be had'),
  }
  expect(entriesOf()).toEqual([warning, warning, warning])
})

test('keys that are fresh again are a notice, and so is nothing else', async () => {
  const { server, clock, call, entriesOf } = await service()
  await call()
  server.answer = answerText(503)
  clock.time += 2 * hour
  await call()
  server.answer = answerKeys([first])
  clock.time += minute
  await call()
  clock.time += hour
  await call()
  expect(entriesOf()).toMatchObject([
    { code: 'stale_keys_used' },
    { severity: 'NOTICE', code: 'keys_refreshed', freshUntil: '2026-11-28T13:01:00.000Z' },
  ])
})

test('a refresh that fails while the keys are fresh is one warning, however often it is tried', async () => {
  const { server, clock, call, entriesOf } = await service()
  await call()
  server.answer = answerText(503)
  clock.time += 0.95 * hour
  for (let second = 0; second < 30; second += 1) {
    await call()
    clock.time += 5000
  }
  expect(server.requests).toBeGreaterThan(3)
  expect(entriesOf()).toMatchObject([
    {
      severity: 'WARNING',
      code: 'keys_refresh_failed',
      message: expect.stringContaining('fresh until 2026-11-28T11:00:00.000Z'),
    },
  ])
})

test('no keys at all are an error', async () => {
  const { server, call, entriesOf } = await service()
  server.answer = answerText(503)
  await call()
  expect(entriesOf()).toMatchObject([{ severity: 'ERROR', code: 'keys_refresh_failed' }])
  expect(entriesOf()[0]).not.toHaveProperty('usableUntil')
})

test('a key id that nobody knows is no trouble of ours: whoever calls chooses it', async () => {
  const { keys, call, entriesOf } = await service()
  await call()
  expect(await keys.key('junk')).toBeUndefined()
  expect(entriesOf()).toEqual([])
})

test('an attempt that slept with the CPU is no trouble', async () => {
  const { server, clock, call, entriesOf } = await service()
  server.answer = (response) => {
    clock.time += 10 * minute
    response.writeHead(503).end()
  }
  await call()
  expect(server.requests).toBe(1)
  expect(entriesOf()).toEqual([])
})

test('keys of a receiver without a log of its own are logged on stdout, those of no receiver nowhere', async () => {
  const lines = linesOnStdout()
  const server = await startKeyServer(answerText(503))
  const keys = googleKeys({ url: server.url })
  await expect(keys.ready()).rejects.toThrow()
  expect(lines).toEqual([])
  const others = googleKeys({ url: server.url })
  createReceiver({ allow: [login], audience, keys: others })
  await expect(others.ready()).rejects.toThrow()
  expect(lines).toMatchObject([{ severity: 'ERROR', code: 'keys_refresh_failed' }])
})

test('log: false turns them off, but not those of another receiver with the same keys', async () => {
  const lines = linesOnStdout()
  const { server, call, keys, options, clock } = await service({ log: false })
  server.answer = answerText(503)
  await call()
  expect(lines).toEqual([])
  const entries: LogEntry[] = []
  createReceiver({ ...options, keys, log: (entry) => entries.push(entry) })
  createReceiver({ ...options, keys, log: false })
  clock.time += hour
  await call()
  expect(entries.filter(isAboutKeys)).toMatchObject([{ code: 'keys_refresh_failed' }])
  expect(lines).toEqual([])
})

test('whoever listens to the events gets no lines', async () => {
  const lines = linesOnStdout()
  const types: string[] = []
  const { server, call, entriesOf } = await service({ onEvent: ({ type }) => types.push(type) })
  server.answer = answerText(503)
  await call()
  expect([types, entriesOf(), lines]).toEqual([['keys_refresh_failed'], [], []])
})
