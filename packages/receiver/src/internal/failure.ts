import type { DenialCode } from '../decision.ts'

/** Why a stage stopped a call. `got` and `expected` are for events and logs, never for the answer. */
export interface Failure {
  code: DenialCode
  got?: unknown
  expected?: string
}
