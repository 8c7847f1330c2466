/** Starts the emulator, or bare servers on as many ports, and tells what it took. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { startEmulator } from '@countersign/emulator'
import { policyOfMany, ports } from './services.ts'

/** What a start took. */
export interface Start {
  /** Milliseconds from the call to the last port that listens. */
  ms: number
  /** Milliseconds since the process began, its imports among them. */
  sinceBegin: number
  /** Resident memory then. */
  megabytes: number
}

const policy = await policyOfMany()
const starts = {
  emulator: () => startEmulator({ policy }),
  bare: () => Promise.all(Array.from({ length: ports }, listening)),
}

async function listening(): Promise<void> {
  const server = createServer((_, response) => response.end())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
}

const begun = performance.now()
await starts[process.argv[2] as keyof typeof starts]()
const now = performance.now()
const megabytes = process.memoryUsage.rss() / 1_000_000
process.send?.({ ms: now - begun, sinceBegin: now, megabytes } satisfies Start)
process.once('disconnect', () => process.exit())
