import { readFileSync } from 'node:fs'
import type { KnownCause, Step } from '../src/causes/evidence.ts'
import { knownCauses } from '../src/causes/find-causes.ts'
import { emulated, recorded } from '../test/causes/recorded.ts'

/** The guide with the tables of causes. */
export const guideFile: URL = new URL('../../../docs/guides/401-and-403.md', import.meta.url)

/** The guide, with its tables made anew from the causes that `doctor` and `why` know. */
export function guide(): string {
  const text = readFileSync(guideFile, 'utf8')
  return between(between(text, 'causes', causesTable()), 'shown', shownTable())
}

function between(text: string, name: string, table: string): string {
  const [begin, end] = [
    `<!-- ${name}: made by pnpm --dir packages/cli reference -->`,
    `<!-- /${name} -->`,
  ]
  const [before, rest] = text.split(begin)
  const after = rest?.split(end)[1]
  if (after === undefined) throw new Error(`${guideFile.pathname} has no place for ${name}`)
  return `${before}${begin}\n${table}\n${end}${after}`
}

function causesTable(): string {
  const rows = knownCauses.map(({ code, signs, refusedBy, ...cause }) => {
    const cells = [signs, refusedBy, `\`${code}\`: ${cause.sentence({})}`, fixOf(cause)]
    return row(cells)
  })
  return [
    row(['what you see', 'refused by', 'cause', 'fix']),
    row(['---', '---', '---', '---']),
    ...rows,
  ].join('\n')
}

function fixOf({ fix }: Pick<KnownCause, 'fix'>): string {
  return fix({}).map(stepText).join('<br>')
}

function stepText({ words, command }: Step): string {
  if (command === undefined) return words ?? ''
  return words === undefined ? `\`${command}\`` : `${words}: \`${command}\``
}

function shownTable(): string {
  const rows = knownCauses.map(({ code }) => {
    const source = recorded.find(({ cause }) => cause === code)?.source ?? ''
    return row([`\`${code}\``, emulated.includes(code) ? 'yes' : '', source])
  })
  return [
    row(['cause', 'produced in the emulator', 'recorded from']),
    row(['---', '---', '---']),
    ...rows,
  ].join('\n')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
