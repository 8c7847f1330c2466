import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test, vi } from 'vitest'
import { createRateLimit, createTrouble, refused, traceOf, writeLine } from '../src/log.ts'

const second = 1_795_880_000_000

function admittedOf(limit: ReturnType<typeof createRateLimit>, code: string, who?: string) {
  return limit.admit(code, who, () => {})
}

test('ten entries of a code a second, and each code for itself', () => {
  const limit = createRateLimit(() => second)
  const admitted = Array.from({ length: 15 }, () => admittedOf(limit, 'a')).filter(Boolean)
  expect(admitted).toHaveLength(10)
  expect(admittedOf(limit, 'b')).toEqual({ suppressed: 0 })
})

test('the next second carries what was dropped', () => {
  let now = second
  const limit = createRateLimit(() => now)
  for (let i = 0; i < 13; i += 1) admittedOf(limit, 'a')
  now += 1000
  expect(admittedOf(limit, 'a')).toEqual({ suppressed: 3 })
  expect(admittedOf(limit, 'a')).toEqual({ suppressed: 0 })
})

test('a flood of one caller, or of ninety, does not hide another', () => {
  const limit = createRateLimit(() => second)
  for (let stranger = 0; stranger < 90; stranger += 1) {
    for (let call = 0; call < 50; call += 1) admittedOf(limit, 'refused', `stranger${stranger}`)
  }
  expect(admittedOf(limit, 'refused', 'probe')).toEqual({ suppressed: expect.any(Number) })
})

test('but no number of callers writes more than 100 lines a second', () => {
  const limit = createRateLimit(() => second)
  const admitted = Array.from({ length: 5000 }, (_, index) => admittedOf(limit, 'a', `s${index}`))
  expect(admitted.filter(Boolean)).toHaveLength(100)
})

test('what a burst dropped is logged a second later, once', async () => {
  const limit = createRateLimit(() => second)
  const { promise, resolve } = Promise.withResolvers<number>()
  for (let i = 0; i < 12; i += 1) limit.admit('a', undefined, resolve)
  expect(await promise).toBe(2)
})

test('the trace', () => {
  const id = '4bf92f3577b34da6a3ce929d0e0e4736'
  const traceparent = `00-${id}-00f067aa0ba902b7-01`
  const project = () => 'acme'
  expect(traceOf({ traceparent, cloudTraceContext: undefined, project })).toBe(
    `projects/acme/traces/${id}`,
  )
  expect(
    traceOf({ traceparent: undefined, cloudTraceContext: `${id}/1;o=1`, project: () => undefined }),
  ).toBe(id)
  expect(traceOf({ traceparent: 'x', cloudTraceContext: undefined, project })).toBeUndefined()
})

test('the words for both modes', () => {
  expect([refused(true), refused(false)]).toEqual(['refused', 'would have refused'])
})

test('trouble is logged when it begins, each hour, and when it is over', () => {
  let now = second
  const trouble = createTrouble(() => now)
  expect(trouble.ends()).toBe(false)
  expect([trouble.persists(), trouble.persists()]).toEqual([true, false])
  now += 3_599_999
  expect(trouble.persists()).toBe(false)
  now += 1
  expect([trouble.persists(), trouble.persists()]).toEqual([true, false])
  expect([trouble.ends(), trouble.ends()]).toEqual([true, false])
  expect(trouble.persists()).toBe(true)
})

test('a clock that was set back does not silence trouble', () => {
  let now = second
  const trouble = createTrouble(() => now)
  trouble.persists()
  now -= 86_400_000
  expect(trouble.persists()).toBe(true)
})

test('a line that nobody reads any more ends no process', async () => {
  const log = new URL('../src/log.ts', import.meta.url).href
  const program = `
    const { writeLine } = await import(${JSON.stringify(log)})
    process.stdin.once('data', () => {
      for (let line = 0; line < 3; line += 1) setTimeout(() => writeLine({ line }), line * 20)
      setTimeout(() => process.exit(7), 100)
    })
    writeLine({ started: true })`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  await once(child.stdout, 'data')
  child.stdout.destroy()
  child.stdin.write('go')
  expect(await once(child, 'exit')).toEqual([7, null])
})

test('the error of a line that was lost has a listener, and one is enough', () => {
  const failed = (listeners: number) => {
    const once = vi.spyOn(process.stdout, 'once').mockReturnThis()
    vi.spyOn(process.stdout, 'listenerCount').mockReturnValue(listeners)
    vi.spyOn(process.stdout, 'write').mockImplementation(((
      _: string,
      done: (e?: Error) => void,
    ) => {
      done(new Error('EPIPE'))
      done()
      return false
    }) as never)
    writeLine({})
    const added = once.mock.calls.map(([name, listener]) => [name, (listener as () => void)()])
    vi.restoreAllMocks()
    return added
  }
  expect(failed(0)).toEqual([['error', undefined]])
  expect(failed(1)).toEqual([])
})
