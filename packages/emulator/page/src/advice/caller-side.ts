import type { CallHandled, EmulatorState } from '@countersign/emulator'
import { isAllowed, pathOf, rulesOf } from './operations.ts'

/** What the calling service writes, so that a call has a token. */
export interface CallerSide {
  /** Lines of TypeScript. */
  code: string
  /** The service in these lines; undefined if the policy lets no service call the receiver. */
  caller: string | undefined
}

/**
 * Returns the lines for a call that had no token. The emulator does not know who called, so that
 * they name a service that the policy lets make this call, if there is one.
 */
export function callerSide(call: CallHandled, state: EmulatorState | undefined): CallerSide {
  const { receiver, method, target } = call
  const callers = (state?.edges ?? []).filter(({ to }) => to === receiver).map(({ from }) => from)
  const operation = { method, path: pathOf(target) }
  const caller =
    callers.find((service) => isAllowed(operation, rulesOf(state, { service }, receiver))) ??
    callers[0]
  const init = method === 'GET' ? '' : `, { method: ${quoted(method)} }`
  return {
    code: [
      `const serviceFetch = createServiceFetch(policy.caller(${quoted(caller ?? 'CALLER')}))`,
      `await serviceFetch.to(${quoted(receiver)})(${quoted(target)}${init})`,
    ].join('\n'),
    caller,
  }
}

/** A string literal; the path comes from the caller, so that it can contain anything. */
function quoted(text: string): string {
  return /^[^'"\\\p{Cc}\p{Cf}\u2028\u2029]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)
}
