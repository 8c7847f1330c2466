import type { CallHandled, EmulatorState } from '@countersign/emulator'
import { type Operation, pathOf, rulesOf, similarOperation } from './operations.ts'

/** The entry that would allow a call, and how carefully it has to be offered. */
export interface PolicyEntry {
  /**
   * `call`: lets this caller make this call. `typo`: the same, but the caller may make a similar
   * call, so that the path or method is probably wrong. `public`: lets anybody call.
   */
  kind: 'call' | 'typo' | 'public'
  /** JSONC to merge into the policy; undefined if no entry can allow the call. */
  snippet: string | undefined
  /** The similar operation that the caller may call. */
  similar?: Operation
}

/** Returns the entry for a call that the policy does not declare; undefined if it declares it. */
export function policyEntry(
  call: CallHandled,
  state: EmulatorState | undefined,
): PolicyEntry | undefined {
  const { caller, declared, snippet } = call
  if (declared) return undefined
  if (!caller) return { kind: 'public', snippet }
  // Anybody can claim a name: no policy entry may follow from it.
  if (!caller.verified) return { kind: 'call', snippet: undefined }
  const similar = similarCall(call, state)
  return similar ? { kind: 'typo', snippet, similar } : { kind: 'call', snippet }
}

/** The similar operation that the caller may call on this service, if there is one. */
function similarCall(
  { caller, receiver, method, target }: CallHandled,
  state: EmulatorState | undefined,
): Operation | undefined {
  if (!caller) return undefined
  return similarOperation({ method, path: pathOf(target) }, rulesOf(state, caller, receiver))
}
