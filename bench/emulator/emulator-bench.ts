import { printTargets } from '../report/targets.ts'
import { printStartUp } from './start-up.ts'
import { printTokens } from './tokens.ts'

/** Prints what an emulator of 200 services takes to start and to hold, and how fast it makes tokens. */
export async function run(): Promise<void> {
  printTargets([...(await printStartUp()), ...(await printTokens())])
}
