import { isPlainPath } from '@countersign/shared/paths'
import { redact, redactedUrl } from '@countersign/shared/redact'
import { type TargetNotAllowedCode, TargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from './target.ts'

/** The targets that a call is held against. */
export interface TargetList {
  /** The URL of the first one; undefined where there is none. */
  base: string | undefined
  /** The audiences of all, in their order. */
  audiences: readonly string[]
  /**
   * Finds the target of a call.
   *
   * @param call its URL, and its method where that is known
   * @throws {@link TargetNotAllowedError} `target_not_allowed`, `insecure_target` or
   *   `operation_not_allowed`
   */
  find(call: Operation): CompiledTarget
  /** The target that a URL belongs to, whatever it allows. */
  covering(url: URL): CompiledTarget | undefined
  /** The targets of one name: none where nothing has it. */
  named(name: string): TargetList
  /** The names that there are. */
  names: readonly string[]
}

/** What of a call decides where it may go. */
export interface Operation {
  url: URL
  /** Undefined where nobody said: then a target with `methods` doesn't match. */
  method: string | undefined
}

/** Makes a list of targets, of which one that allows a call is enough. */
export function createTargetList(targets: readonly CompiledTarget[]): TargetList {
  const bySpecificity = targets.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const names = [...new Set(targets.flatMap(({ name }) => name ?? []))]
  const ofName = memoizeByName((name) =>
    createTargetList(targets.filter((one) => one.name === name)),
  )
  return {
    base: targets[0]?.base,
    audiences: [...new Set(targets.map(({ audience }) => audience))],
    find(call) {
      let isListed = false
      for (const target of bySpecificity) {
        if (!covers(target, call.url)) continue
        if (allows(target, call)) return target
        isListed = true
      }
      throw isListed ? operationNotAllowed(call) : notListed(call.url, targets)
    },
    covering: (url) => bySpecificity.find((target) => covers(target, url)),
    // Whoever asks may choose the names: only those that there are, are kept.
    named: (name) => (names.includes(name) ? ofName(name) : createTargetList([])),
    names,
  }
}

/**
 * Whether a URL is one of a target's. A parsed URL is written in one way only: what begins with an
 * origin and a slash has that scheme, host and port, and no user.
 */
function covers({ origin, prefix }: CompiledTarget, url: URL): boolean {
  if (!url.href.startsWith(origin) || url.href[origin.length] !== '/') return false
  return prefix === '' || hasPrefix(url.pathname, prefix)
}

function hasPrefix(pathname: string, prefix: string): boolean {
  return isPlainPath(pathname) && (pathname === prefix || pathname.startsWith(`${prefix}/`))
}

function allows({ methods, paths }: CompiledTarget, { url, method }: Operation): boolean {
  if (methods && !(method !== undefined && methods.has(method))) return false
  return paths === undefined || paths(url.pathname)
}

/** The error for a URL that is on no target. */
function notListed(url: URL, all: readonly CompiledTarget[]): TargetNotAllowedError {
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
function operationNotAllowed({ url, method }: Operation): TargetNotAllowedError {
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

/** Makes what is asked for by name once for each, however often it is asked for. */
export function memoizeByName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const value = made.get(name) ?? make(name)
    made.set(name, value)
    return value
  }
}
