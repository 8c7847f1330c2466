import { readFile, writeFile } from 'node:fs/promises'
import { beforeEach, expect, test, vi } from 'vitest'
import { createWatchedFile } from '../../src/watch/watched-file.ts'
import { fileWith } from '../_helpers.ts'

/** File systems that count time in ticks of seconds: their stamp may stay the same over an edit. */

const { tick } = vi.hoisted(() => ({ tick: 1_800_000_000_000 }))

vi.mock('node:fs/promises', async (original) => {
  const real = await original<typeof import('node:fs/promises')>()
  const ms = BigInt(tick)
  const ns = ms * 1_000_000n
  const stamp = { mtimeNs: ns, ctimeNs: ns, mtimeMs: ms, ctimeMs: ms, size: 5n, ino: 1n }
  return { ...real, stat: async () => stamp, readFile: vi.fn(real.readFile) }
})

beforeEach(() => void vi.mocked(readFile).mockClear())

async function fixture(startsAt: number) {
  const file = await fileWith('first')
  const clock = { time: startsAt }
  const load = (text: string) => text
  const events: string[] = []
  const onEvent = ({ type }: { type: string }) => events.push(type)
  const watched = await createWatchedFile({ file, load, onEvent, now: () => clock.time })
  const look = async () => {
    clock.time += 5000
    return await watched.get()
  }
  return { file, look, events }
}

test('a file that was edited just before it was read is read once more', async () => {
  const { file, look, events } = await fixture(tick + 1999)
  await writeFile(file, 'other')
  expect(await look()).toBe('other')
  expect(events).toEqual(['policy_reloaded'])
  await look()
  expect(readFile).toHaveBeenCalledTimes(2)
})

test('one that was edited long before is not, until its stamp changes', async () => {
  const { look, events } = await fixture(tick + 2000)
  await look()
  expect(readFile).toHaveBeenCalledTimes(1)
  expect(events).toEqual([])
})
