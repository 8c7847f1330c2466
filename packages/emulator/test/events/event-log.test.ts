import { expect, test } from 'vitest'
import { createEventLog, type EventLog } from '../../src/events/event-log.ts'
import type { DrillChanged } from '../../src/index.ts'

function addTo(log: EventLog, summary = 'a drill'): number {
  return log.add<DrillChanged>({ type: 'drill', at: 1, drill: 1, summary, active: true })
}

const ids = (log: EventLog) => log.kept().map(({ id }) => id)

test('ids rise by one, and the id is in the event', () => {
  const log = createEventLog()
  expect([addTo(log), addTo(log), addTo(log)]).toEqual([1, 2, 3])
  expect(JSON.parse(log.kept()[1]?.json ?? '')).toEqual({
    id: 2,
    type: 'drill',
    at: 1,
    drill: 1,
    summary: 'a drill',
    active: true,
  })
})

test('the newest 10,000 are kept', () => {
  const log = createEventLog()
  for (let index = 0; index < 10_005; index += 1) addTo(log)
  expect(ids(log)).toHaveLength(10_000)
  expect(ids(log)[0]).toBe(6)
})

test('so are 20 million characters, and no more', () => {
  const log = createEventLog()
  for (let index = 0; index < 30; index += 1) addTo(log, 'x'.repeat(1_000_000))
  expect(ids(log)).toHaveLength(19)
  expect(ids(log).at(-1)).toBe(30)
})

test('who follows gets what is kept after an id, then what comes, until it is closed', async () => {
  const log = createEventLog()
  addTo(log)
  addTo(log)
  const got: (number | undefined)[] = []
  const following = (async () => {
    for await (const entry of log.follow({ after: 1 })) {
      got.push(entry?.id)
      if (entry?.id === 2) setTimeout(() => addTo(log))
      if (entry?.id === 3) log.close()
    }
  })()
  await following
  expect(got).toEqual([2, 3])
})

test('an id of another log, higher than all in this one, counts as 0', async () => {
  const log = createEventLog()
  addTo(log)
  expect((await log.follow({ after: 77 }).next()).value).toMatchObject({ id: 1 })
})

test('a reader left behind finds a gap, and nothing was kept for it', async () => {
  const log = createEventLog({ maxEvents: 2, maxCharacters: 1_000 })
  addTo(log)
  const entries = log.follow()
  await entries.next()
  for (let index = 0; index < 5; index += 1) addTo(log)
  expect((await entries.next()).value).toMatchObject({ id: 5 })
})

test('without events it yields undefined, again and again', async () => {
  const entries = createEventLog().follow({ idleMs: 5 })
  expect(await entries.next()).toEqual({ value: undefined, done: false })
  expect(await entries.next()).toEqual({ value: undefined, done: false })
})

test('a signal ends it while it waits', async () => {
  const stop = new AbortController()
  const next = createEventLog().follow({ signal: stop.signal }).next()
  stop.abort()
  expect(await next).toEqual({ value: undefined, done: true })
})
