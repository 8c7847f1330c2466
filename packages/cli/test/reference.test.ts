import { readdirSync, readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { expect, test } from 'vitest'
import { guide, guideFile } from '../scripts/causes-table.ts'
import { reference, referenceFile } from '../scripts/reference.ts'
import { createProgram } from '../src/program.ts'
import { run } from './command.ts'

test('docs/reference/cli.md is what --help says: else run pnpm --dir packages/cli reference', () => {
  expect(readFileSync(referenceFile, 'utf8')).toBe(reference())
})

test('the tables of docs/guides/401-and-403.md are made from the causes: else run the same', () => {
  expect(readFileSync(guideFile, 'utf8')).toBe(guide())
})

test('each file in commands/ is a command of the program', () => {
  const files = readdirSync(new URL('../src/commands', import.meta.url))
  const names = createProgram(() => {}).commands.map((command) => command.name())
  expect(names.toSorted()).toEqual(files.map((file) => basename(file, '.ts')).toSorted())
})

test('help that was asked for ends with 0', async () => {
  const { code, stdout, stderr } = await run(['dev', '--help'])
  expect(stdout).toContain('Examples:\n  $ countersign dev')
  expect([code, stderr]).toEqual([0, ''])
})

test('a misspelt command or option is told the nearest, and ends with 2', async () => {
  const command = await run(['emulate'])
  expect(command.stderr).toContain('Did you mean emulator?')
  const option = await run(['dev', '--prot', '1'])
  expect(option.stderr).toContain('Did you mean --port?')
  expect([command.code, option.code]).toEqual([2, 2])
})

test('no command at all shows the help, and ends with 2', async () => {
  const { code, stderr } = await run([])
  expect(stderr).toContain('Usage: countersign')
  expect(code).toBe(2)
})

test('a port that is no number is told', async () => {
  const { code, stderr } = await run(['dev', '--port', '70000'])
  expect(stderr).toContain('Write a number from 1 to 65535')
  expect(code).toBe(2)
})
