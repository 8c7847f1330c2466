import { redact, redactedUrl } from '@countersign/shared/redact'
import { type TargetNotAllowedCode, TargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from './read-target.ts'
import type { Call } from './targets.ts'

/** The error for a URL that is on no target. */
export function notListed(url: URL, all: readonly CompiledTarget[]): TargetNotAllowedError {
  if (holdsUser(url)) return userRefused(url)
  const secure = all.find(({ hostname, origin }) => {
    return url.protocol === 'http:' && hostname === url.hostname && origin.startsWith('https:')
  })
  if (secure) {
    return refusal('insecure_target', url, 'is http', `Write the URL with ${secure.origin}.`)
  }
  const hint = `Add it to targets if this service may call it; ${inWords(all)}.`
  return refusal('target_not_allowed', url, 'is on no target of the list', hint)
}

/** Whether a URL says who asks: no target's does. */
export function holdsUser({ username, password }: URL): boolean {
  return username + password !== ''
}

/** The error for a URL that says who asks. */
export function userRefused(url: URL): TargetNotAllowedError {
  return refusal('target_not_allowed', url, 'holds a user or a password', 'Remove it.')
}

/** The error for a call that its target doesn't allow. */
export function operationNotAllowed({ url, method }: Call): TargetNotAllowedError {
  const what = method === undefined ? 'A call of unknown method' : redact(method)
  return new TargetNotAllowedError(
    'operation_not_allowed',
    `${what} ${redactedUrl(url)} is none of the operations that its target allows`,
    {
      hint:
        method === undefined
          ? 'Say which method the call has: headers(url, { method }).'
          : "Add the method and the path to the target's methods and paths if this service may use them.",
    },
  )
}

function refusal(
  code: TargetNotAllowedCode,
  url: URL,
  why: string,
  hint: string,
): TargetNotAllowedError {
  return new TargetNotAllowedError(code, `${redactedUrl(url)} ${why}`, { hint })
}

function inWords(targets: readonly CompiledTarget[]): string {
  const bases = new Set(targets.map(({ base }) => base))
  return bases.size === 0 ? 'there are none' : `they are ${[...bases].join(', ')}`
}
