import { execFileSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { arch, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { manifestOf, packAll } from '../../scripts/release/pack.ts'
import { type Bom, bomsOf } from '../../scripts/release/sbom.ts'
import { kilobytes, type Size, sizeOf } from '../../scripts/release/sizes.ts'
import { bareFetch, countersign as signedFetch } from '../caller/contenders.ts'
import { startGoogle } from '../caller/google.ts'
import { race as raceCalls } from '../caller/race.ts'
import type { Figures } from '../report/figures.ts'
import { printTargets } from '../report/targets.ts'
import { startGiven } from '../start/given.ts'
import { type Row, takeTurns, type Used } from '../start/start-turns.ts'
import { createIssuer } from '../tokens/issuer.ts'
import { distinctCount, makeCases } from '../verify/cases.ts'
import { countersign } from '../verify/contenders/countersign.ts'
import { race as raceDecisions } from '../verify/race.ts'
import { callHead, measured, packageHead, printMarkdown } from './tables.ts'

const reference = 'node:http'
const firstDecision = 'countersign, keys at hand'
const firstToken = 'countersign, metadataServer()'

/** What an import may cost, in imports of `node:http`. */
const mostOfReference: Readonly<Record<string, number>> = {
  '@countersign/caller': 0.3,
  '@countersign/emulator': 3,
  '@countersign/express': 0.5,
  '@countersign/koa': 0.5,
  '@countersign/opentelemetry': 0.8,
  '@countersign/policy': 0.6,
  '@countersign/receiver': 0.3,
  '@countersign/testing': 0.8,
}

/** Prints what the packages cost a project, as the tables of docs/reference/cost.md. */
export async function run(): Promise<void> {
  buildPackages()
  const packed = await measurePacked()
  const starts = await measureStarts()
  console.log(`\nNode ${process.version}, ${cpus()[0]?.model.trim()}, ${arch()}\n`)
  printMarkdown(
    packageHead,
    packed.map((one) => packageRow(one, starts)),
  )
  console.log()
  printMarkdown(callHead, [...(await decisionRows()), ...(await callRows()), ...startRows(starts)])
  printTargets(
    Object.entries(mostOfReference).map(([name, atMost]) => ({
      what: `CPU of importing ${name}`,
      measured: starts.ratio(name, reference, 'cpu'),
      atMost,
      unit: 'x node:http',
    })),
  )
}

/** What users install: no types to strip, and one file each. */
function buildPackages(): void {
  const script = fileURLToPath(new URL('../../scripts/build.ts', import.meta.url))
  execFileSync(process.execPath, [script], { stdio: ['ignore', 'ignore', 'inherit'] })
}

interface Packed {
  name: string
  size: Size
  bom: Bom
}

async function measurePacked(): Promise<Packed[]> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cost-'))
  try {
    const tarballs = await packAll(folder)
    const boms = await bomsOf(tarballs)
    const packed = [...tarballs].map(async ([name, tarball]) => ({
      name: (await manifestOf(name)).name,
      size: sizeOf(tarball),
      bom: boms.get(name) as Bom,
    }))
    return await Promise.all(packed)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The command is no module: its figures are those of `countersign --version`. */
async function measureStarts(): Promise<Figures<Row, Used>> {
  const given = await startGiven()
  const steps = [reference, 'countersign --version', firstDecision, firstToken]
  const figures = await takeTurns([...steps, ...Object.keys(mostOfReference)], given.env)
  given.stop()
  return figures
}

function packageRow({ name, size, bom }: Packed, starts: Figures<Row, Used>): string[] {
  const step = name === 'countersign' ? 'countersign --version' : name
  const bundled = bom.components.filter(({ properties }) => properties !== undefined).length
  return [
    `\`${name}\``,
    kilobytes(size.tarball),
    kilobytes(size.unpacked),
    String(bom.components.length - bundled),
    String(bundled),
    kilobytes(size.imported),
    starts.median(step, 'cpu').toFixed(1),
    starts.median(step, 'memory').toFixed(1),
  ]
}

async function decisionRows(): Promise<string[][]> {
  const issuer = createIssuer()
  const cases = await makeCases(issuer, { first: 0, distinctCount })
  const kinds = cases.filter(({ name }) => ['seen before', 'distinct', 'wrong aud'].includes(name))
  const contender = countersign(issuer)
  const result = await raceDecisions(issuer, [contender], { cases: kinds, inFlight: 1 })
  const milliseconds = (kind: string) => {
    const floors = result.floors[contender.name]?.[kind] as number
    return ((floors * result.floorMicroseconds) / 1000).toFixed(4)
  }
  return [
    [measured.seen, milliseconds('seen before')],
    [measured.distinct, milliseconds('distinct')],
    [measured.junk, milliseconds('wrong aud')],
  ]
}

async function callRows(): Promise<string[][]> {
  const google = await startGoogle()
  Object.assign(process.env, google.env)
  const ours = await signedFetch(google.service)
  const bare = await bareFetch(google.service)
  const result = await raceCalls([ours, bare])
  google.stop()
  return [
    [measured.call, (result.median(ours, 'cpu') / 1000).toFixed(3)],
    [measured.bare, (result.median(bare, 'cpu') / 1000).toFixed(3)],
  ]
}

function startRows(starts: Figures<Row, Used>): string[][] {
  return [
    [measured.firstDecision, starts.median(firstDecision, 'cpu').toFixed(1)],
    [measured.firstToken, starts.median(firstToken, 'cpu').toFixed(1)],
  ]
}
