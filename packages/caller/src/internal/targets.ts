import { isPlainPath } from '@countersign/shared/paths'
import { perName } from './per-name.ts'
import type { CompiledTarget } from './read-target.ts'
import { notListed, operationNotAllowed } from './target-refusals.ts'

/** The targets that a call is held against. */
export interface TargetList {
  /** The URL of the first one; undefined where there is none. */
  readonly base: string | undefined
  /** The audiences of all, in their order. */
  readonly audiences: readonly string[]
  /**
   * Finds the target of a call.
   *
   * @param call its URL, and its method where that is known
   * @throws {@link TargetNotAllowedError} `target_not_allowed`, `insecure_target` or
   *   `operation_not_allowed`
   */
  find(call: Call): CompiledTarget
  /** The target that a URL belongs to, whatever it allows. */
  covering(url: URL): CompiledTarget | undefined
  /** The targets of one name: none where nothing has it. */
  named(name: string): TargetList
  /** The names that there are. */
  readonly names: readonly string[]
}

/** What of a call decides where it may go. */
export interface Call {
  readonly url: URL
  /** Undefined where nobody said: then a target with `methods` doesn't match. */
  readonly method: string | undefined
}

/** Makes a list of targets, of which one that allows a call is enough. */
export function createTargetList(targets: readonly CompiledTarget[]): TargetList {
  const bySpecificity = targets.toSorted((a, b) => b.prefix.length - a.prefix.length)
  const names = [...new Set(targets.flatMap(({ name }) => name ?? []))]
  const ofName = perName((name) => createTargetList(targets.filter((one) => one.name === name)))
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

function allows({ methods, paths }: CompiledTarget, { url, method }: Call): boolean {
  if (methods && !(method !== undefined && methods.has(method))) return false
  return paths === undefined || paths(url.pathname)
}
