/**
 * Runs one bench: `pnpm bench verify`. Without a name it lists them. With `--check` it exits with 1
 * where a target is missed.
 */
import { missedTargets } from './report/targets.ts'

interface Bench {
  about: string
  load(): Promise<{ run(): Promise<void> }>
}

const benches: Readonly<Record<string, Bench>> = {
  verify: {
    about: 'one decision about one call, beside the peers (about 4 minutes)',
    load: () => import('./verify/verify-bench.ts'),
  },
  middleware: {
    about: 'requests per second of Express and Koa apps behind a check (about 3 minutes)',
    load: () => import('./middleware/middleware-bench.ts'),
  },
  caller: {
    about: 'calls with an ID token, and token fetches (about 1 minute)',
    load: () => import('./caller/caller-bench.ts'),
  },
  start: {
    about: 'a cold start: imports, the first decision, the first token (about 3 minutes)',
    load: () => import('./start/start-bench.ts'),
  },
  emulator: {
    about: 'an emulator of 200 services: start-up, memory, tokens per second (about 1 minute)',
    load: () => import('./emulator/emulator-bench.ts'),
  },
  cost: {
    about: 'size, import, milliseconds: the tables of docs/reference/cost.md (about 2 minutes)',
    load: () => import('./cost/cost-bench.ts'),
  },
  memory: {
    about: 'heap kept after 1,000,000 hostile tokens (about 3 minutes)',
    load: () => import('./memory/memory-bench.ts'),
  },
  why: {
    about: 'a log of 50,000 lines through `countersign why`, beside JSON.parse (about 20 seconds)',
    load: () => import('./why/why-bench.ts'),
  },
}

const [name = ''] = process.argv.slice(2).filter((argument) => !argument.startsWith('--'))
const bench = Object.hasOwn(benches, name) ? benches[name] : undefined
if (bench === undefined) list()
else await runBench(bench)

async function runBench({ load }: Bench): Promise<void> {
  const { run } = await load()
  await run()
  if (process.argv.includes('--check') && missedTargets() > 0) process.exitCode = 1
}

function list(): void {
  console.log('pnpm bench NAME [--check]\n')
  for (const [title, { about }] of Object.entries(benches)) {
    console.log(`  ${title.padEnd(12)}${about}`)
  }
  if (name !== '') process.exitCode = 1
}
