import { execFile, spawn } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { samplePolicy } from '../policy.ts'
import { send } from '../send.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'recording-'))
})
afterAll(() => rm(folder, { recursive: true }))

async function start(record: string): Promise<Emulator> {
  return startEmulator({ policy: await samplePolicy(), record })
}

async function linesOf(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8')
  expect(text.endsWith('\n')).toBe(true)
  return text
    .slice(0, -1)
    .split('\n')
    .map((line) => JSON.parse(line))
}

test('the first line is the state, the others are the events, to the last', async () => {
  const file = join(folder, 'run.jsonl')
  const emulator = await start(file)
  const { body } = await send(`${emulator.url}/emulator/v1/state`)
  for (let sent = 0; sent < 300; sent += 1) await send(emulator.frontDoor('search'))
  await emulator.drill({ fault: { kind: 'html' } })
  await emulator.stop()
  const [first, ...events] = await linesOf(file)
  expect(first).toEqual({ countersign: 'recording', version: 1, state: JSON.parse(body) })
  expect(events).toHaveLength(302)
  expect(events).toEqual(emulator.events.kept)
  // That the drill ended with the emulator is in it too.
  expect(events.at(-1)).toMatchObject({ type: 'drill', active: false })
})

test('each event is written as it happens', async () => {
  const file = join(folder, 'alive.jsonl')
  await using emulator = await start(file)
  await send(emulator.frontDoor('search'))
  await expect.poll(() => linesOf(file)).toHaveLength(2)
})

test('what was in the file is gone', async () => {
  const file = join(folder, 'again.jsonl')
  await writeFile(file, 'x'.repeat(100_000))
  const emulator = await start(file)
  await emulator.stop()
  expect(await linesOf(file)).toHaveLength(1)
})

const inNoFolder = join(tmpdir(), 'no-such-folder-of-a-recording', 'run.jsonl')

test.for([
  [inNoFolder, 'ENOENT'],
  ['/', 'EISDIR'],
  ['/dev/full', 'ENOSPC'],
])('%s can’t be written: no start, and nothing is left listening', async ([file = '', code]) => {
  const opened = serversFromNow()
  await expect(start(file)).rejects.toThrow(
    new RegExp(
      `^record must be a file that can be written, but ${file} can't \\(${code}.*exists and is writable$`,
    ),
  )
  await vi.waitFor(() => expect(opened.filter(({ listening }) => listening)).toEqual([]))
})

/** The servers that begin to listen from now on, until the test is over: those of other files do not count. */
function serversFromNow(): Server[] {
  const servers: Server[] = []
  const note = (message: unknown): number => servers.push((message as { server: Server }).server)
  subscribe('tracing:net.server.listen:asyncEnd', note)
  onTestFinished(() => void unsubscribe('tracing:net.server.listen:asyncEnd', note))
  return servers
}

test('a recording that breaks off is a warning, and the emulator goes on', async () => {
  const pipe = join(folder, 'pipe')
  await promisify(execFile)('mkfifo', [pipe])
  // Reads the first line, then is gone: what a full disk is to a file.
  const reader = spawn('head', ['-n', '1', pipe], { stdio: 'ignore' })
  onTestFinished(() => void reader.kill())
  const gone = once(reader, 'exit')
  const warned = once(process, 'warning')
  const emulator = await start(pipe)
  await gone
  expect((await send(emulator.frontDoor('search'))).status).toBe(403)
  const [warning] = (await warned) as [Error]
  expect(warning.name).toBe('CountersignWarning')
  expect(warning.message).toBe(`The recording ${pipe} ends early: EPIPE: broken pipe, write`)
  expect((await send(emulator.frontDoor('search'))).status).toBe(403)
  await emulator.stop()
})
