import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Figures, figuresOf } from '../report/figures.ts'
import { shuffled } from '../report/statistics.ts'

/** What a process used, over another that did less. */
export interface Used {
  /** Milliseconds of CPU, user and system. */
  cpu: number
  /** Megabytes of resident memory. */
  memory: number
}

/** A row of the tables: a step, taken alone, or as `express + STEP` on top of Express. */
export type Row = string

const onExpress = 'express + '
const rounds = 7

/** Starts a new process for each row in every round, and subtracts bare node, or one with Express alone. */
export async function takeTurns(
  steps: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Figures<Row, Used>> {
  const over = new Map<Row, Used[]>()
  const rows = ['', 'express', ...steps.flatMap((step) => [step, onExpress + step])]
  for (let round = 0; round < rounds; round += 1) {
    const used = new Map<Row, Used>()
    for (const row of shuffled(rows, round)) used.set(row, await usedBy(row, env))
    for (const [row, mine] of used) {
      const base = used.get(row.startsWith(onExpress) ? 'express' : '') as Used
      const turns = over.get(row) ?? []
      turns.push({ cpu: mine.cpu - base.cpu, memory: mine.memory - base.memory })
      over.set(row, turns)
    }
  }
  return figuresOf(over)
}

async function usedBy(row: Row, env: Readonly<Record<string, string>>): Promise<Used> {
  const file = fileURLToPath(new URL('./start-process.mjs', import.meta.url))
  const args = row === '' ? [] : row.split(' + ')
  const { stdout } = await promisify(execFile)(process.execPath, [file, ...args], {
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}
