import type { Adapter } from './adapter.ts'
import { answeredContract } from './sign-calls/answered.ts'
import { leavingContract } from './sign-calls/leaving.ts'
import { signingContract } from './sign-calls/signing.ts'
import { traceContract } from './sign-calls/trace.ts'
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
  signingContract(adapter)
  traceContract(adapter)
  leavingContract(adapter)
  answeredContract(adapter)
}
