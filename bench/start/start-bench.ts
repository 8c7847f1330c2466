import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Figures } from '../report/figures.ts'
import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { startGiven } from './given.ts'
import { type Row, takeTurns, type Used } from './start-turns.ts'

const reference = 'node:http'
const firstToken = 'countersign, metadataServer()'

const tables: Readonly<Record<string, readonly string[]>> = {
  'The import alone': [
    reference,
    '@countersign/receiver',
    '@countersign/caller',
    '@countersign/policy',
    '@countersign/express',
    '@countersign/koa',
    'jose',
    'fast-jwt',
    'google-auth-library',
    'express-oauth2-jwt-bearer',
  ],
  'To the first decision': [
    'countersign, keys at hand',
    'verifyCaller of @countersign/express',
    'verifyCaller of @countersign/koa',
    'jose, keys at hand',
    'fast-jwt, key at hand',
    'google-auth-library, keys at hand',
    'countersign, keys fetched',
    'jose, keys fetched',
    'google-auth-library, keys fetched',
    'express-oauth2-jwt-bearer, keys fetched',
  ],
  'To the first token': [
    firstToken,
    'countersign, serviceFetch.ready()',
    'google-auth-library, getIdTokenClient',
  ],
  'Policy and command': [
    'loadPolicy of one file',
    'countersign --version',
    'countersign policy check',
  ],
}

/** Prints what a cold start costs over bare node, alone and where Express is loaded already. */
export async function run(): Promise<void> {
  buildPackages()
  const given = await startGiven()
  const figures = await takeTurns(Object.values(tables).flat(), given.env)
  given.stop()
  for (const [title, steps] of Object.entries(tables)) printSteps(title, steps, figures)
  printTargets(targetsOf(figures))
}

/** What users install: no types to strip, and one file each. */
function buildPackages(): void {
  const script = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))
  execFileSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] })
}

function printSteps(title: string, steps: readonly string[], figures: Figures<Row, Used>): void {
  const cells = (row: Row) => [
    figures.median(row, 'cpu').toFixed(1),
    figures.ratio(row, reference, 'cpu').toFixed(2),
    figures.median(row, 'memory').toFixed(1),
  ]
  const head = ['', 'CPU ms', 'of node:http', 'MB', 'on Express: CPU ms', 'of node:http', 'MB']
  const rows = steps.map((step) => [step, ...cells(step), ...cells(`express + ${step}`)])
  printTable(`${title}, over bare node, and over node with Express`, head, rows)
}

function targetsOf(figures: Figures<Row, Used>): Target[] {
  const imports = ['@countersign/receiver', '@countersign/caller'].map((name) => ({
    what: `CPU of importing ${name}`,
    measured: figures.ratio(name, reference, 'cpu'),
    atMost: 0.3,
    unit: 'x node:http',
  }))
  const cpu = figures.median(firstToken, 'cpu')
  const memory = figures.median(firstToken, 'memory')
  return [
    ...imports,
    { what: 'CPU to the first token', measured: cpu, atMost: 25, unit: 'ms' },
    { what: 'memory to the first token', measured: memory, atMost: 8, unit: 'MB' },
  ]
}
