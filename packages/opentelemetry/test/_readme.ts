import { readFileSync } from 'node:fs'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The rows of the README's table whose first column has this heading: their cells. */
export function tableOf(heading: string): string[][] {
  const lines = readme.split('\n').map(cellsOf)
  const start = lines.findIndex(([first]) => first === heading)
  const rows = lines.slice(start + 2)
  return rows.slice(
    0,
    rows.findIndex((cells) => cells.length === 0),
  )
}

/** The README's TypeScript, by the file name in its first line. */
export function examples(): Map<string, string> {
  const blocks = readme.matchAll(/```ts\n\/\/ (\S+)\n(.*?)```/gs)
  return new Map([...blocks].map(([, name = '', code = '']) => [name, code]))
}

/** What stands between backticks in a cell. */
export function codesIn(cell = ''): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code)
}

function cellsOf(line: string): string[] {
  const cells = line.split('|').slice(1, -1)
  return cells.map((cell) => cell.trim())
}
