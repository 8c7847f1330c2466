import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { startEmulator } from '../../src/index.ts'
import { makeEmptyFolder } from '../../src/start/empty-folder.ts'
import { samplePolicy } from '../policy.ts'

const source = new URL('../../src/start/empty-folder.ts', import.meta.url)

/** A process that makes one, says where, and ends so. */
async function endedWith(end: string): Promise<{ path: string; code: number | null }> {
  const script = `
    const { makeEmptyFolder } = await import(${JSON.stringify(source.href)})
    console.log((await makeEmptyFolder()).path)
    ${end}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script])
  const [path, code] = await Promise.all([
    text(child.stdout),
    new Promise<number | null>((resolve) => child.once('close', resolve)),
  ])
  return { path: path.trim(), code }
}

test.for([
  ['', 0],
  ['process.exit(3)', 3],
  ['throw new Error("a bug")', 1],
  ['void Promise.reject(new Error("a bug"))', 1],
] as const)('a process that ends with "%s" leaves no folder', async ([end, expected]) => {
  const { path, code } = await endedWith(end)
  expect(code).toBe(expected)
  expect(path).toContain('countersign-emulator-')
  expect(existsSync(path)).toBe(false)
})

test('it is there until it is removed', async () => {
  const { path, remove } = await makeEmptyFolder()
  expect(existsSync(path)).toBe(true)
  await remove()
  expect(existsSync(path)).toBe(false)
})

test('an emulator that is stopped leaves no folder and no exit listener', async () => {
  const listeners = process.listenerCount('exit')
  const emulators = await Promise.all(
    Array.from({ length: 12 }, async () => startEmulator({ policy: await samplePolicy() })),
  )
  expect(process.listenerCount('exit')).toBe(listeners + 1)
  const folders = emulators.map((emulator) => emulator.env('login').CLOUDSDK_CONFIG ?? '')
  expect(folders.map(existsSync)).toEqual(folders.map(() => true))
  await Promise.all(emulators.map((emulator) => emulator.stop()))
  expect(folders.map(existsSync)).toEqual(folders.map(() => false))
  expect(process.listenerCount('exit')).toBe(listeners)
})
