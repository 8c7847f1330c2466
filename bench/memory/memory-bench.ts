import { fork } from 'node:child_process'
import { once } from 'node:events'
import { printTable } from '../report/table.ts'
import { printTargets, type Target } from '../report/targets.ts'
import { floods } from './hostile-flood.ts'
import { subjects } from './subject.ts'
import type { Remains } from './subject-process.ts'

/** Prints what a flood of hostile tokens leaves behind, in our memory and in fast-jwt's. */
export async function run(): Promise<void> {
  printTable(
    'The hostile tokens, no two the same',
    ['kind', 'count'],
    floods.map(({ kind, count }) => [kind, count.toLocaleString('en')]),
  )
  const rows: string[][] = []
  const targets: Target[] = []
  for (const name of Object.keys(subjects)) {
    const remains = await remainsOf(name)
    rows.push(rowOf(name, remains))
    if (name.startsWith('countersign')) targets.push(...targetsOf(name, remains))
  }
  printTable(
    'What is left after them and a collection',
    ['', 'heap kept, MB', 'valid tokens still remembered', 'let in', 'took, s'],
    rows,
  )
  printTargets(targets)
}

async function remainsOf(name: string): Promise<Remains> {
  // Without the flag V8 drops the bytecode of start-up code at some time during the flood: 5 MB less,
  // behind which a leak of 5 MB could hide.
  const flags = ['--expose-gc', '--no-flush-bytecode']
  const child = fork(new URL('./subject-process.ts', import.meta.url), [name], {
    execArgv: [...process.execArgv, ...flags],
  })
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`the process of ${name} ended with ${code}`)
  })
  const [remains] = await Promise.race([once(child, 'message'), ended])
  return remains as Remains
}

function rowOf(name: string, remains: Remains): string[] {
  return [
    name,
    megabytes(remains).toFixed(2),
    `${remains.stillRemembered} of ${remains.validTokens}`,
    String(remains.letIn),
    remains.seconds.toFixed(0),
  ]
}

function targetsOf(name: string, remains: Remains): Target[] {
  const { stillRemembered, validTokens, letIn } = remains
  return [
    { what: `${name}: heap kept`, measured: megabytes(remains), atMost: 2, unit: 'MB' },
    {
      what: `${name}: valid tokens remembered`,
      measured: stillRemembered,
      atLeast: validTokens,
      unit: `of ${validTokens}`,
    },
    { what: `${name}: hostile tokens let in`, measured: letIn, atMost: 0, unit: '' },
  ]
}

function megabytes({ keptBytes }: Remains): number {
  return keptBytes / 1_000_000
}
