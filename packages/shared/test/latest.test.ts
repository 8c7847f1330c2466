import { expect, test } from 'vitest'
import { followLatest } from '../src/latest.ts'

function following() {
  const source = { time: 1_795_880_000_000, trouble: '' }
  const warnings: string[] = []
  const rules = followLatest({
    first: 'first',
    latest: () => {
      if (source.trouble) throw new Error(source.trouble)
      return 'latest'
    },
    compile: (given) => given,
    warn: (error) => warnings.push((error as Error).message),
    now: () => source.time,
  })
  function ask(trouble: string, afterMs = 0): void {
    source.time += afterMs
    source.trouble = trouble
    rules.get()
  }
  return { ask, warnings, rules }
}

test('the same trouble is reported once, another one too', () => {
  const { ask, warnings } = following()
  for (const trouble of ['gone', 'gone', 'lost', 'gone', 'lost']) ask(trouble)
  expect(warnings).toEqual(['gone', 'lost'])
})

test('trouble that lasts is reported each hour again', () => {
  const { ask, warnings } = following()
  for (let minute = 0; minute <= 150; minute += 1) ask('gone', 60_000)
  expect(warnings).toEqual(['gone', 'gone', 'gone'])
})

test('trouble that was over for a minute is news', () => {
  const { ask, warnings } = following()
  ask('gone')
  ask('', 60_000)
  ask('gone')
  expect(warnings).toEqual(['gone', 'gone'])
})

test('rules that fail at every other call are reported once', () => {
  const { ask, warnings } = following()
  for (let call = 0; call < 100; call += 1) ask(call % 2 === 0 ? 'gone' : '', 10)
  expect(warnings).toEqual(['gone'])
})

test('errors that differ each time are ten an hour', () => {
  const { ask, warnings } = following()
  for (let call = 0; call < 100; call += 1) ask(`request ${call} failed`, 10)
  expect(warnings).toHaveLength(10)
  ask('request 100 failed', 3_600_000)
  expect(warnings).toHaveLength(11)
})

test('a clock that is set back silences nothing', () => {
  const { ask, warnings } = following()
  ask('gone')
  ask('gone', -3_600_000)
  expect(warnings).toEqual(['gone', 'gone'])
})
