/** Says of each line of standard input, an environment, what the guard makes of it. */
import { createInterface } from 'node:readline'
import { emulatorUrl } from './emulator.mjs'

for await (const line of createInterface({ input: process.stdin })) {
  const pairs = line.split('\t').filter((pair) => pair !== '')
  const env = Object.fromEntries(pairs.map((pair) => pair.split(/=(.*)/s)))
  try {
    console.log(emulatorUrl(env) ?? 'none')
  } catch ({ message }) {
    console.log(`refused: ${message}`)
  }
}
