/** One subject in a process of its own, with `--expose-gc`: floods it, and tells what is left. */
import { setTimeout } from 'node:timers/promises'
import { claimsOf, createIssuer, type Issuer } from '../tokens/issuer.ts'
import { flood } from './hostile-flood.ts'
import { type Subject, subjects } from './subject.ts'

/** What is left after the flood. */
export interface Remains {
  keptBytes: number
  validTokens: number
  stillRemembered: number
  letIn: number
  seconds: number
}

const validCount = 100

const make = subjects[process.argv[2] ?? '']
if (make === undefined) throw new Error('no subject of that name')
const issuer = createIssuer()
process.send?.(await remainsOf(make(issuer), issuer))
process.disconnect()

async function remainsOf(subject: Subject, issuer: Issuer): Promise<Remains> {
  const start = performance.now()
  const valid = await Promise.all(
    Array.from({ length: validCount }, (_, index) => issuer.sign(claimsOf(index))),
  )
  await countRemembered(subject, valid)
  const before = await heapAfterCollection()
  const letIn = await flood(issuer, subject.decide)
  const keptBytes = (await heapAfterCollection()) - before
  const stillRemembered = await countRemembered(subject, valid)
  const seconds = (performance.now() - start) / 1000
  return { keptBytes, validTokens: validCount, stillRemembered, letIn, seconds }
}

async function countRemembered(subject: Subject, tokens: readonly string[]): Promise<number> {
  let remembered = 0
  for (const token of tokens) {
    if (!(await subject.decide(token))) throw new Error('a valid token was refused')
    if (subject.wasRemembered()) remembered += 1
  }
  return remembered
}

/** The heap, and what Buffers hold outside of it: they are freed some turns after their collection. */
async function heapAfterCollection(): Promise<number> {
  for (let times = 0; times < 10; times += 1) {
    globalThis.gc?.()
    await setTimeout(20)
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
