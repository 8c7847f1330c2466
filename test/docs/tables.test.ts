import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { read, root } from './_blocks.ts'

/** Tables of the reference have what the sources have. */

test('the table of errors holds every code that a caller throws', () => {
  const table = read('docs/reference/errors.md')
  const source = read('packages/caller/src/errors.ts')
  const unions = source.slice(0, source.indexOf('export interface'))
  const codes = [...unions.matchAll(/\| '(\w+)'/g)].map(([, code]) => code)
  expect(codes.length).toBeGreaterThan(9)
  for (const code of codes) expect(table).toContain(`\`${code}\``)
})

test('the page on log lines has every code and field of an entry', async () => {
  const page = read('docs/reference/log-lines.md')
  const sources = ['receiver/src/events.ts', 'receiver/src/receiver.ts']
  sources.push('caller/src/events.ts', 'caller/src/health.ts')
  const text = sources.map((source) => read(`packages/${source}`))
  const entries = [
    ...text.join('\n').matchAll(/interface \w+(?:LogEntry|RulesInForce)\b[^{]*\{\n(.*?)\n\}/gs),
  ].map(([, members = '']) => members)
  expect(entries).toHaveLength(9)
  const names = entries.flatMap((members) =>
    [...members.matchAll(/^ {2}'?([\w./]+)'?\??: /gm)].map(([, name]) => name),
  )
  const codes = entries.flatMap((members) =>
    [...(members.match(/^ {2}code: .*/m)?.[0] ?? '').matchAll(/'(\w+)'/g)].map(([, code]) => code),
  )
  expect(codes.length).toBeGreaterThan(8)
  for (const name of [...names, ...codes]) expect(page).toContain(`\`${name}\``)
})

test('the README fits on a few screens', () => {
  expect(read('README.md').split('\n').length).toBeLessThanOrEqual(150)
})

test('the reports example has the guide’s guard', async () => {
  const guard = read('test/interop/clients/python/emulator.py')
  expect(await readFile(join(root, 'docker/reports/emulator.py'), 'utf8')).toBe(guard)
})
