import { afterAll, expect, test } from 'vitest'
import { blocks } from './_blocks.ts'
import { openTerminal } from './_terminal.ts'

/** What the pages show of a terminal happens in one: the commands run, and print what is shown. */

interface Shown {
  at: string
  line: string
  /** What the page shows below it; empty if it shows nothing. */
  output: string
}

/** Commands that are run by other tests, or that nothing here can run. */
const elsewhere: Record<string, string> = {
  'docker compose ': 'test/container/compose.test.ts runs the file',
  'npm uninstall ': 'the other commands need the packages',
  'git grep ': 'it needs the repository of a user',
  'gcloud run services ': 'test/interop/iam.test.ts runs them, with the real gcloud',
  'npm install ': 'pnpm matrix installs the packages',
  'COUNTERSIGN_AUDIENCE=http://localhost ': 'packages/opentelemetry/test/readme.test.ts runs it',
}

/** They call Google: without credentials they end with 3, not with 2 as if they were written wrongly. */
const forGoogle = / --only | proxy /

const terminal = await openTerminal()
afterAll(() => terminal.close())

const commands = blocks.filter(({ language }) => language === 'console').flatMap(commandsOf)
const isElsewhere = ({ line }: Shown) => Object.keys(elsewhere).some((one) => line.startsWith(one))

test.each(commands.filter((one) => !isElsewhere(one)))('$at: $line', async ({ line, output }) => {
  const expected = patternOf(output)
  const runsOn = /countersign dev /.test(line) && !forGoogle.test(line)
  // As on a terminal, where `call` leaves out the page of a front door that refused.
  const left = output.startsWith('403') ? `${line} >/dev/null` : line
  const ended = await (runsOn
    ? terminal.runUntil(line, output ? expected : /page are at/)
    : terminal.run(left))
  if (forGoogle.test(line)) {
    expect(ended.output).toMatch(/credentials/i)
    return expect(ended.exitCode).toBe(3)
  }
  if (output !== '') expect(ended.output).toMatch(expected)
  expect(ended.exitCode).toBe(/^[45]\d\d /m.test(output) ? 1 : 0)
})

test('what a guide shows as text was printed by dev', () => {
  const shown = blocks.filter(
    ({ language, page }) => language === 'text' && page !== 'docs/reference/cli.md',
  )
  for (const { at, code } of shown) {
    for (const line of code.trim().split('\n')) {
      const pattern = new RegExp(patternOf(line).source.slice(1, -1), 'm')
      expect(terminal.devOutput(), at).toMatch(pattern)
    }
  }
})

test('all that is not run here has a reason', () => {
  expect(commands.length).toBeGreaterThan(15)
  for (const start of Object.keys(elsewhere)) {
    expect(
      commands.some(({ line }) => line.startsWith(start)),
      start,
    ).toBe(true)
  }
})

/** A command goes on in the next line after a backslash, as in a shell. */
function commandsOf({ at, code }: { at: string; code: string }): Shown[] {
  const parts = code.split(/^\$ /m)
  expect(parts[0], at).toBe('')
  return parts.slice(1).map((part) => {
    const [line = ''] = part.match(/^(?:.*\\\n)*.*/) ?? []
    return { at, line, output: part.slice(line.length).trim() }
  })
}

/** Ports, ids and times are any; `…` stands for whatever is left out, a line of it for many. */
function patternOf(output: string): RegExp {
  const lines = output.split('\n').map((line) => {
    if (line.trim() === '…') return '(?:.*\\n)*?'
    const text = line
      .trim()
      .replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
      .replaceAll(/ +/g, ' +')
      .replaceAll(/127\\\.0\\\.0\\\.1:\d+/g, '127\\.0\\.0\\.1:\\d+')
      .replaceAll(/(call=|drill \+|end \+)\d+/g, '$1\\d+')
      .replaceAll(/\b\d\d:\d\d\b/g, '\\d\\d:\\d\\d')
      .replaceAll('…', '.*')
    return ` *${text} *\\n`
  })
  // Off a terminal `call` prints a body unchanged, so that the status can stand in its last line.
  const all = lines.join('').replace(/\\n(?= \*[1-5]\d\d )/, '\\n?')
  return new RegExp(`^${all}${output.endsWith('…') ? '' : '$'}`)
}
