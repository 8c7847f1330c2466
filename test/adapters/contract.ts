import type { Adapter } from './adapter.ts'
import { signCallsContract } from './sign-calls-contract.ts'
import { answersContract } from './verify-caller/answers.ts'
import { neighboursContract } from './verify-caller/neighbours.ts'
import { onDeniedContract } from './verify-caller/on-denied.ts'
import { passingContract } from './verify-caller/passing.ts'
import { routesContract } from './verify-caller/routes.ts'

/** What every adapter has to do, over real sockets. Run against each. */
export function contract(adapter: Adapter): void {
  answersContract(adapter)
  routesContract(adapter)
  neighboursContract(adapter)
  passingContract(adapter)
  onDeniedContract(adapter)
  signCallsContract(adapter)
}
