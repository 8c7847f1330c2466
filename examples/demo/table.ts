import type { Outcome } from './outcome.ts'

/** One call: what was done, what had to come of it, and what came. */
export interface Row {
  who: string
  to: string
  what: string
  expected: Outcome
  got: Outcome
  /** What else had to be true, such as who the answer says had called. */
  holds?: boolean
  /** What the receiver said to do about it. */
  told?: string
}

const columns = ['', 'who', 'to whom', 'what was done', 'stopped by', 'status', 'code'] as const

/** Whether a call came out as it had to. */
export function isAsExpected({ expected, got, holds = true }: Row): boolean {
  return (
    holds &&
    got.stoppedBy === expected.stoppedBy &&
    got.status === expected.status &&
    got.code === expected.code
  )
}

/** The calls as a table. */
export function table(rows: readonly Row[]): string {
  const cells = [columns, ...rows.map(cellsOf)]
  const widths = columns.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  )
  return cells.map((row) => line(row, widths)).join('\n')
}

function cellsOf(row: Row): string[] {
  const { stoppedBy, status, code } = row.got
  const mark = isAsExpected(row) ? 'ok' : 'NO'
  return [mark, row.who, row.to, row.what, stoppedBy || '-', `${status ?? '-'}`, code || '-']
}

function line(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => cell.padEnd(widths[column] ?? 0))
    .join('  ')
    .trimEnd()
}
