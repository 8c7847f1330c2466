import { isPlainPath } from '@countersign/shared/paths'
import { redact, redactedUrl } from '@countersign/shared/redact'
import { type TargetNotAllowedCode, TargetNotAllowedError } from '../errors.ts'
import type { CompiledTarget } from './target.ts'

/** The targets that a call is checked against. */
export interface TargetList {
  /** The URL of the first target; undefined if the list is empty. */
  base: string | undefined
  /** The audiences of all targets, in their order, each once. */
  audiences: readonly string[]
  /**
   * Finds the target of a call.
   *
   * @throws {@link TargetNotAllowedError} `target_not_allowed`, `insecure_target` or
   *   `operation_not_allowed`
   */
  find(call: Operation): CompiledTarget
  /** Returns the target that a URL belongs to, even if it doesn't allow the call. */
  covering(url: URL): CompiledTarget | undefined
  /** Returns the targets with that name; an empty list if there is none. */
  named(name: string): TargetList
  /** The names of all targets, each once. */
  names: readonly string[]
}

/** The parts of a call that decide whether it is allowed. */
export interface Operation {
  url: URL
  /** Undefined if it is unknown: then a target with `methods` doesn't match. */
  method: string | undefined
}

/** Creates a list of targets. A call is allowed if one of them allows it. */
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
    // A caller can ask for any name, so only existing ones are memoized.
    named: (name) => (names.includes(name) ? ofName(name) : createTargetList([])),
    names,
  }
}

/**
 * Whether a URL belongs to a target. A parsed URL has one spelling only: if it begins with an origin and
 * a slash, it has that scheme, host and port, and no user.
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

/** Returns the error for a URL that belongs to no target. */
function notListed(url: URL, all: readonly CompiledTarget[]): TargetNotAllowedError {
  if (holdsUser(url)) return userRefused(url)
  const secure = all.find(({ hostname, origin }) => {
    return url.protocol === 'http:' && hostname === url.hostname && origin.startsWith('https:')
  })
  if (secure) {
    return refusal(
      'insecure_target',
      url,
      'uses http, but its target uses https',
      `Write the URL with ${secure.origin}.`,
    )
  }
  const hint = `Add it to targets if this service may call it. ${inWords(all)}.`
  return refusal('target_not_allowed', url, 'is not a configured target', hint)
}

/** Whether a URL contains a user or a password; that of a target never does. */
export function holdsUser({ username, password }: URL): boolean {
  return username + password !== ''
}

/** Returns the error for a URL with a user or a password. */
export function userRefused(url: URL): TargetNotAllowedError {
  return refusal('target_not_allowed', url, 'contains a user or a password', 'Remove it.')
}

/** Returns the error for a call whose method or path the target doesn't allow. */
function operationNotAllowed({ url, method }: Operation): TargetNotAllowedError {
  const what = method === undefined ? 'a call of unknown method to' : redact(method)
  return new TargetNotAllowedError(
    'operation_not_allowed',
    `The target does not allow ${what} ${redactedUrl(url)}`,
    {
      hint:
        method === undefined
          ? 'Pass the method of the call: headers(url, { method }).'
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
  return bases.size === 0 ? 'There are no targets now' : `The targets are ${[...bases].join(', ')}`
}

/** Memoizes a factory by name. */
export function memoizeByName<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>()
  return (name) => {
    const value = made.get(name) ?? make(name)
    made.set(name, value)
    return value
  }
}
