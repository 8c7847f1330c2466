import type { CallHandled, Party } from '@countersign/emulator'

/** Stands for callers without a token; no service or account can be called so. */
export const anonymous = '(anonymous)'

/**
 * Who called, in one word: the service, else the account, else {@link anonymous}.
 *
 * @param caller the caller of a call
 */
export function callerName(caller: Party | undefined): string {
  return caller?.service ?? caller?.account ?? anonymous
}

/**
 * A service account's email without the part that all of them have.
 *
 * @param name a service, an account, or {@link anonymous}
 */
export function shortName(name: string): string {
  return name.endsWith(commonDomain) ? name.slice(0, -commonDomain.length) : name
}

const commonDomain = '.iam.gserviceaccount.com'

/** Whether a call was refused, by whomever, or failed. */
export function isRefused(call: CallHandled): boolean {
  return call.refusedBy !== undefined
}

/** A call is well, refused, or went wrong on the answering side. */
export type Outcome = 'ok' | 'refused' | 'failed'

/** How a call ended. */
export function outcomeOf({ status, refusedBy }: CallHandled): Outcome {
  if (status >= 500) return 'failed'
  return refusedBy ? 'refused' : 'ok'
}

/** Who refused, in words. */
export function refuserName(refusedBy: CallHandled['refusedBy']): string {
  if (refusedBy === 'front-door') return 'front door'
  return refusedBy ?? ''
}
