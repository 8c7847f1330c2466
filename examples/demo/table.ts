import { styleText } from 'node:util'
import type { Outcome } from './outcome.ts'

/** One call: what was done, the expected outcome, and the actual outcome. */
export interface Row {
  who: string
  to: string
  what: string
  expected: Outcome
  got: Outcome
  /** A further condition, such as the caller that the answer names. */
  holds?: boolean
  /** The receiver's advice in the answer. */
  told?: string
}

const columns = ['', 'who', 'what was done', 'refused by', 'answer'] as const

/** Whether a call has the expected outcome. */
export function isAsExpected({ expected, got, holds = true }: Row): boolean {
  return (
    holds &&
    got.stoppedBy === expected.stoppedBy &&
    got.status === expected.status &&
    got.code === expected.code
  )
}

/** The calls as a table that fits 100 columns, with a heading for each receiver; coloured on a terminal. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map(cellsOf)
  const widths = columns.map((_, column) => widest([columns, ...cells], column))
  const lines = [styleText('dim', line(columns, widths))]
  for (const [index, row] of rows.entries()) {
    if (row.to !== rows[index - 1]?.to) lines.push(styleText('bold', `to ${row.to}`))
    lines.push(styleText(colourOf(row), line(cells[index] ?? [], widths)))
  }
  return lines.join('\n')
}

function widest(rows: readonly (readonly string[])[], column: number): number {
  return Math.max(...rows.map((row) => row[column]?.length ?? 0))
}

function cellsOf(row: Row): string[] {
  const { stoppedBy, status, code } = row.got
  const mark = isAsExpected(row) ? 'ok' : 'NO'
  const [refusedBy = ''] = stoppedBy.split(/ (?:in|of) /)
  return [mark, row.who, row.what, refusedBy, [status ?? 'not sent:', code].join(' ').trim()]
}

/** Green: answered as it should be. Yellow: refused as it should be. */
function colourOf(row: Row): 'green' | 'yellow' | 'red' {
  if (!isAsExpected(row)) return 'red'
  return row.got.stoppedBy === '' ? 'green' : 'yellow'
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd()
}
