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

const columns = ['', 'who', 'to whom', 'what was done', 'stopped by', 'status', 'code'] as const

/** Whether a call has the expected outcome. */
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
