import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from '../report/statistics.ts'
import { printTable } from '../report/table.ts'
import type { Target } from '../report/targets.ts'
import type { Google } from './google.ts'

/** What a process used until it had its first token. */
interface Used {
  /** Milliseconds of CPU. */
  cpu: number
  /** Bytes of resident memory. */
  memory: number
}

const starts = 15
const programs = ['bare-node', 'countersign', 'google-auth-library'] as const
const megabyte = 1024 * 1024

/** Prints what it costs a new process to get its first ID token, over a process that does nothing. */
export async function printStartUp(google: Google): Promise<Target[]> {
  buildPackages()
  const used: Record<string, Used[]> = {}
  for (let start = 0; start < starts; start += 1) {
    for (const program of programs) {
      used[program] ??= []
      used[program].push(await firstToken(program, google))
    }
  }
  const over = (program: string, figure: keyof Used) =>
    median((used[program] ?? []).map((one, index) => one[figure] - bareOf(used, index)[figure]))
  const rows = programs.slice(1).map((program) => {
    return [program, over(program, 'cpu').toFixed(0), inMegabytes(over(program, 'memory'))]
  })
  const head = ['', 'CPU ms', 'memory MB']
  printTable('From start to the first ID token, over bare node, built packages', head, rows)
  return [
    { what: 'start-up CPU', measured: over('countersign', 'cpu'), atMost: 25, unit: 'ms' },
    {
      what: 'start-up memory',
      measured: over('countersign', 'memory') / megabyte,
      atMost: 8,
      unit: 'MB',
    },
  ]
}

function bareOf(used: Record<string, Used[]>, index: number): Used {
  return used['bare-node']?.[index] ?? { cpu: Number.NaN, memory: Number.NaN }
}

function inMegabytes(bytes: number): string {
  return (bytes / megabyte).toFixed(1)
}

/** What users install: TypeScript's types are stripped and the files are one. */
function buildPackages(): void {
  const script = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))
  execFileSync(process.execPath, [script], { stdio: 'ignore' })
}

async function firstToken(program: string, { service, env }: Google): Promise<Used> {
  const file = fileURLToPath(new URL(`./first-token/${program}.mjs`, import.meta.url))
  const { stdout } = await promisify(execFile)(process.execPath, [file, service], {
    env: { ...process.env, ...env },
  })
  return JSON.parse(stdout)
}
