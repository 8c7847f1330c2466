import { execFileSync } from 'node:child_process'
import { closeSync, constants, openSync, writeSync } from 'node:fs'
import { readFile, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { expect, onTestFinished, test, vi } from 'vitest'
import type { PolicyEvent } from '../../src/policy.ts'
import { createWatchedFile } from '../../src/watch/watched-file.ts'
import { fileWith } from '../_helpers.ts'

async function fixture() {
  const file = await fileWith('first')
  const clock = { time: Date.now() }
  const events: PolicyEvent[] = []
  const watched = await createWatchedFile({
    file,
    load: (text) => text,
    patienceMs: 250,
    onEvent: (event) => events.push(event),
    now: () => clock.time,
  })
  const look = async () => {
    clock.time += 5000
    return await watched.get()
  }
  return { file, watched, look, events }
}

/** Makes a file one that hangs whoever reads it, as a mount may. */
async function hang(file: string): Promise<void> {
  await rm(file)
  execFileSync('mkfifo', [file])
  onTestFinished(() => answer(file, ''))
}

/** Lets all who read a hanging file go on. No thread of the pool is needed for it: none may be free. */
function answer(fifo: string, text: string): void {
  try {
    const written = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
    writeSync(written, text)
    closeSync(written)
  } catch {
    // Nobody reads it, or it is gone.
  }
}

function typesOf(events: readonly PolicyEvent[]): string[] {
  return events.map(({ type }) => type)
}

const testUnlessWindows = test.skipIf(process.platform === 'win32')

testUnlessWindows('a file that hangs holds one thread, and is told of once', async () => {
  const { file, look, events } = await fixture()
  const other = await fileWith('other')
  await hang(file)
  for (let looks = 0; looks < 6; looks += 1) expect(await look()).toBe('first')
  const late = new Promise((resolve) => setTimeout(resolve, 2000, 'too late'))
  expect(await Promise.race([readFile(other, 'utf8'), late])).toBe('other')
  expect(events).toMatchObject([{ type: 'policy_refused', error: { code: 'policy_unreadable' } }])
  expect((events[0] as { error: Error }).error.message).toBe(
    `${file} can't be read (no answer after 250 ms): check whether the secret, bucket or ConfigMap that it is mounted from responds; the file is read again then`,
  )
})

testUnlessWindows('what a file says that hung for a while counts at once', async () => {
  const { file, look, watched, events } = await fixture()
  await hang(file)
  await look()
  answer(file, 'second')
  await vi.waitFor(() => expect(watched.known()).toBe('second'))
  expect(typesOf(events)).toEqual(['policy_refused', 'policy_reloaded'])
})

testUnlessWindows(
  'a file that was replaced while it hung is followed once that has ended',
  async () => {
    const { file, look, events } = await fixture()
    await hang(file)
    await look()
    await rename(file, `${file}.old`)
    await writeFile(file, 'third')
    expect(await look()).toBe('first')
    answer(`${file}.old`, 'second')
    await vi.waitFor(async () => expect(await look()).toBe('third'))
    expect(typesOf(events)).toEqual(['policy_refused', 'policy_reloaded', 'policy_reloaded'])
  },
)

testUnlessWindows('each hang is told of, and its end too where nothing was edited', async () => {
  const { file, look, events } = await fixture()
  for (let hangs = 0; hangs < 2; hangs += 1) {
    await hang(file)
    await look()
    await look()
    answer(file, 'first')
    await vi.waitFor(() => expect(typesOf(events).at(-1)).toBe('policy_reloaded'))
  }
  expect(typesOf(events)).toEqual([
    'policy_refused',
    'policy_reloaded',
    'policy_refused',
    'policy_reloaded',
  ])
})

test('an edit of the same size that leaves the time of the last one is seen', async () => {
  const { file, look } = await fixture()
  const time = new Date('2026-01-01')
  await utimes(file, time, time)
  expect(await look()).toBe('first')
  await writeFile(file, 'other')
  await utimes(file, time, time)
  expect(await look()).toBe('other')
})
