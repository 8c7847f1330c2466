import { isPlainPath } from '@countersign/shared/paths'
import { beyondEmulator, notListed, operationNotAllowed, type TargetSource } from './refusals.ts'
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
   * @throws {@link TargetNotAllowedError} `target_not_allowed`, `insecure_target`,
   *   `operation_not_allowed` or `target_beyond_emulator`
   */
  find(call: Operation): CompiledTarget
  /** Returns the target that a URL belongs to, even if it doesn't allow the call. */
  covering(url: URL): CompiledTarget | undefined
  /** Returns the targets with that name; an empty list if there is none. */
  named(name: string): TargetList
  /** The names of all targets, each once. */
  names: readonly string[]
  /** Where they come from, for errors. */
  source: TargetSource
}

/** The parts of a call that decide whether it is allowed. */
export interface Operation {
  url: URL
  /** Undefined if it is unknown: then a target with `methods` doesn't match. */
  method: string | undefined
}

/** Creates a list of targets. A call is allowed if one of them allows it. */
export function createTargetList(
  targets: readonly CompiledTarget[],
  source: TargetSource = {},
): TargetList {
  const bySpecificity = targets.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const names = [...new Set(targets.flatMap(({ name }) => name ?? []))]
  const ofName = memoizeByName((name) =>
    createTargetList(
      targets.filter((one) => one.name === name),
      source,
    ),
  )
  return {
    base: targets[0]?.base,
    audiences: [...new Set(targets.map(({ audience }) => audience))],
    find(call) {
      let isListed = false
      for (const target of bySpecificity) {
        if (!covers(target, call.url)) continue
        if (target.isBeyondEmulator) throw beyondEmulator(call.url, source)
        if (allows(target, call)) return target
        isListed = true
      }
      if (!isListed) throw notListed(call.url, targets, source)
      const listed = bySpecificity.filter((target) => covers(target, call.url))
      throw operationNotAllowed(call, listed, source)
    },
    covering: (url) => bySpecificity.find((target) => covers(target, url)),
    // A caller can ask for any name, so only existing ones are memoized.
    named: (name) => (names.includes(name) ? ofName(name) : createTargetList([], source)),
    names,
    source,
  }
}

/**
 * Whether a URL belongs to a target. A parsed URL has one spelling only: if it begins with an origin and
 * a slash, it has that scheme, host and port, and no user.
 */
function covers({ origin, productionOrigin, prefix }: CompiledTarget, url: URL): boolean {
  if (!isOf(origin, url) && !(productionOrigin && isOf(productionOrigin, url))) return false
  return prefix === '' || hasPrefix(url.pathname, prefix)
}

function isOf(origin: string, { href }: URL): boolean {
  return href.startsWith(origin) && href[origin.length] === '/'
}

function hasPrefix(pathname: string, prefix: string): boolean {
  return isPlainPath(pathname) && (pathname === prefix || pathname.startsWith(`${prefix}/`))
}

function allows({ methods, paths }: CompiledTarget, { url, method }: Operation): boolean {
  if (methods && !(method !== undefined && methods.has(method))) return false
  return paths === undefined || paths(url.pathname)
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
