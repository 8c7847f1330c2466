import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import { expect, onTestFinished, test } from 'vitest'
import { parse } from 'yaml'
import {
  type EnvironmentFormat,
  environmentFormats,
  writeEnvironment,
} from '../../src/commands/env.ts'

/** Values that a reader may take for something else. */
const awkward: Readonly<Record<string, string>> = {
  EMPTY: '',
  PLAIN: 'http://127.0.0.1:8790',
  JSON_OBJECT: '{"search":"http://127.0.0.1:8081","a b":"c"}',
  LIST: 'https://a.example,https://b.example/',
  HASH: '#a # b',
  SPACES: '  both ends  ',
  SINGLE: "O'Brien's",
  VARIABLE: '$HOME $$ $(id) `id`',
  BACKSLASH: 'C:\\Users\\new\\table',
  YAML: 'yes: no',
  NUMBER: '0123',
  BOOLEAN: 'true',
  ACCENTS: 'grüße ✓',
  EQUALS: 'a=b==',
}

const print = 'console.log(JSON.stringify(process.env))'

function fileWith(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-env-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'environment')
  writeFileSync(file, `${text}\n`)
  return file
}

function environmentOf(file: string, args: string[]): Record<string, string> {
  return JSON.parse(execFileSync(file, args, { env: { PATH: process.env.PATH }, encoding: 'utf8' }))
}

/** Each format, read by what people read it with. */
const readers: readonly [string, EnvironmentFormat, (text: string) => Record<string, string>][] = [
  [
    'node --env-file',
    'dotenv',
    (text) => environmentOf(process.execPath, [`--env-file=${fileWith(text)}`, '-e', print]),
  ],
  ['util.parseEnv', 'dotenv', (text) => parseEnv(text) as Record<string, string>],
  [
    'sh',
    'shell',
    (text) =>
      environmentOf('sh', ['-c', `eval "$(cat ${fileWith(text)})"; exec node -e '${print}'`]),
  ],
  [
    'a reader of YAML, and compose’s $$',
    'compose',
    (text) =>
      Object.fromEntries(
        Object.entries<string>(parse(text).environment).map(([name, value]) => [
          name,
          value.replaceAll('$$', '$'),
        ]),
      ),
  ],
]

test.each(readers)('%s reads each value as it was', (_title, format, read) => {
  const found = read(writeEnvironment(awkward, format))
  expect(found).toMatchObject(awkward)
})

test('compose finds no variable of its own', () => {
  const written = writeEnvironment({ A: '$HOME' }, 'compose')
  expect(written).toBe('environment:\n  A: "$$HOME"')
})

test('a value that readers of dotenv files disagree on is refused', () => {
  const write = () => writeEnvironment({ A: `'$HOME'` }, 'dotenv')
  expect(write).toThrow('A has quotes that not every reader of such files understands')
})

test.each(environmentFormats)('%s: no name is more than a name', (format) => {
  for (const name of ['A=1; id; B', 'A B', '', '1A', 'A-B', 'A\n', 'A\nB', '$(id)', 'é']) {
    expect(() => writeEnvironment({ [name]: 'x' }, format), name).toThrow(
      'is not the name of a variable',
    )
  }
})

test.each(environmentFormats)('%s: no value has control characters', (format) => {
  for (const value of [
    'a\nb',
    'a\rb',
    'a\0b',
    '\u001b[201~',
    'a\u0085b',
    'a\u2028b',
    '\t',
    '\u007f',
  ]) {
    expect(() => writeEnvironment({ A: value }, format), JSON.stringify(value)).toThrow(
      'The value of A has control characters',
    )
  }
})

test('what a shell reads of a dotenv file is no command either', () => {
  const value = "it's `id`"
  expect(() => writeEnvironment({ A: value }, 'dotenv')).toThrow('The value of A has quotes')
  const file = fileWith(writeEnvironment({ A: '$(echo no) `echo no`' }, 'dotenv'))
  expect(environmentOf('sh', ['-c', `set -a; . ${file}; exec node -e '${print}'`]).A).toBe(
    '$(echo no) `echo no`',
  )
})
