/** An emulator that signs as fast as it can, beside bare RSA signing, both counted in this process's CPU. */
import { generateKeyPairSync, sign } from 'node:crypto'
import { startEmulator } from '@countersign/emulator'
import { cpuMicroseconds } from '../report/cpu-time.ts'
import { nameOf, policyOfMany } from './services.ts'

/** What can be asked of it. */
export type Question = 'bare' | 'idToken' | 'cpu' | 'megabytes'

const emulator = await startEmulator({ policy: await policyOfMany() })
const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
const audience = 'https://service-1.acme.example'
/** As long as the part of a token that is signed. */
const text = Buffer.from((await emulator.idToken(nameOf(0), audience)).split('.', 2).join('.'))
const times = 300

const answers: Record<Question, () => number | Promise<number>> = {
  bare: () => perSecond(() => sign('RSA-SHA256', text, privateKey)),
  idToken: () => perSecond(() => emulator.idToken(nameOf(0), audience)),
  cpu: cpuMicroseconds,
  megabytes: () => process.memoryUsage.rss() / 1_000_000,
}

/** How often something is done in a second of CPU. */
async function perSecond(work: () => unknown): Promise<number> {
  const begun = cpuMicroseconds()
  for (let count = 0; count < times; count += 1) await work()
  return (times * 1_000_000) / (cpuMicroseconds() - begun)
}

process.on('message', async (question: Question) => process.send?.(await answers[question]()))
process.once('disconnect', () => process.exit())
const hosts = Array.from({ length: 200 }, (_, index) => emulator.env(nameOf(index)))
process.send?.(hosts.map((env) => env.GCE_METADATA_HOST))
