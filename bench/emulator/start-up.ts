import { lineTo } from '../processes/line.ts'
import { type Figures, figuresOf } from '../report/figures.ts'
import { shuffled } from '../report/statistics.ts'
import { printTable } from '../report/table.ts'
import type { Target } from '../report/targets.ts'
import { ports, services } from './services.ts'
import type { Start } from './start-process.ts'

const contestants = ['bare', 'emulator'] as const
type Contestant = (typeof contestants)[number]

const names: Readonly<Record<Contestant, string>> = {
  bare: 'bare Node servers',
  emulator: 'the emulator',
}

const rounds = 9

/** Prints what it takes until all of its ports listen, beside bare servers on as many. */
export async function printStartUp(): Promise<Target[]> {
  const starts = await takeTurns()
  const rows = contestants.map((one) => [
    names[one],
    starts.median(one, 'ms').toFixed(0),
    starts.ratio(one, 'bare', 'ms').toFixed(2),
    starts.median(one, 'sinceBegin').toFixed(0),
    starts.median(one, 'megabytes').toFixed(0),
  ])
  const head = ['', 'ms', 'of bare', 'ms, whole process', 'memory MB']
  printTable(`Start-up of ${services} services: ${ports} ports`, head, rows)
  const measured = starts.median('emulator', 'sinceBegin')
  return [{ what: 'start-up, whole process', measured, atMost: 2_000, unit: 'ms' }]
}

async function takeTurns(): Promise<Figures<Contestant, Start>> {
  const turns = new Map<Contestant, Start[]>(contestants.map((one) => [one, []]))
  for (let round = 0; round < rounds; round += 1) {
    for (const one of shuffled(contestants, round)) turns.get(one)?.push(await startOf(one))
  }
  return figuresOf(turns)
}

async function startOf(contestant: Contestant): Promise<Start> {
  const line = lineTo(new URL('./start-process.ts', import.meta.url), [contestant])
  const start = await line.answer<Start>()
  line.end()
  return start
}
