import { isPromise } from '@countersign/shared/promises'
import { parsedUrl } from '@countersign/shared/realm/urls'
import { assertPolicyVersion } from '@countersign/shared/rules-in-force'
import type { ReceiverRules } from '../options.ts'
import {
  type AllowList,
  assertList,
  type CompiledEntry,
  compileAllowList,
  compileAudience,
  nobody,
} from './allow-list.ts'
import { type Operation, routeRule } from './operation.ts'
import { type PassingTokens, type RulesSummary, rulesSummary } from './rules-in-force.ts'
import { fixedAudience, type ServiceAudience, unknownAudience } from './service-audience.ts'

/** Who may call: the options that may change while the service runs, compiled. */
export interface Rules {
  allow: AllowList
  /** Whether an operation needs no caller. */
  isOpen(operation: Operation): boolean
  serviceAudience: ServiceAudience
  /** All audiences; a promise until the service's own is found. Rejects if it can't be found. */
  audiences(): Audiences | Promise<Audiences>
  /** The same in words. */
  summary: RulesSummary
}

/** The settings that the rules are compiled with. */
export interface RulesContext {
  mode: 'enforce' | 'report-only'
  /** The calls that are let through with no caller. */
  passing: PassingTokens
  /** The service's audiences if the rules name none: from the environment, or found on Cloud Run. */
  found: ServiceAudience | undefined
}

/**
 * Compiles the rules.
 *
 * @throws {TypeError} if one is wrong, or there is no audience
 */
export function compileRules(
  { allow, audience, unauthenticated = [], policy }: ReceiverRules,
  context: RulesContext,
): Rules {
  const list = compileAllowList(allow)
  const named = compileAudience(audience, 'audience')
  const serviceAudience = named ? fixedAudience(named) : audienceWithout(list, context)
  assertList(unauthenticated, 'unauthenticated', '["GET /ready"]')
  assertPolicyVersion(policy, 'policy')
  const audiences = serviceAudience.known()
  const { mode, passing } = context
  const open = unauthenticated.map((route, index) => routeRule(route, `unauthenticated[${index}]`))
  return {
    allow: list,
    isOpen: (operation) => open.some((covers) => covers(operation)),
    serviceAudience,
    audiences: audiencesOf(list, serviceAudience),
    summary: rulesSummary(list, { unauthenticated, policy, audiences, mode, passing }),
  }
}

/** The service's audience if the rules name none. An empty list needs no audience; only `latest` can bring one. */
function audienceWithout(allow: AllowList, { found, mode }: RulesContext): ServiceAudience {
  if (found !== undefined) return found
  const entries = [...allow.values()].flat()
  const isNeeded = entries.some(({ audiences }) => audiences === undefined)
  if (entries.length > 0 && !isNeeded) return fixedAudience([])
  if (mode === 'report-only') return unknownAudience
  if (!isNeeded) return fixedAudience([])
  throw new TypeError(
    'there is no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud, such as "https://search-123.us-central1.run.app". Only on Cloud Run can it be left out',
  )
}

function audiencesOf(allow: AllowList, own: ServiceAudience): Rules['audiences'] {
  const entries = [...allow.values()].flat()
  let audiences: Audiences | undefined
  function make(list: readonly string[]): Audiences {
    audiences = createAudiences(list, entries)
    return audiences
  }
  return () => {
    if (audiences !== undefined) return audiences
    const found = own.get()
    return isPromise(found) ? found.then(make) : make(found)
  }
}

/** The `aud` values that a service, and each entry of its allow-list, answers to. */
export interface Audiences {
  /** Whether any entry could accept `aud`: asked before the signature proves whose token it is. */
  answersToAny(audience: string, operation: Operation): boolean
  /** Whether this entry accepts `aud`. */
  answersTo(audience: string, operation: Operation, entry: CompiledEntry): boolean
  /** All of them in words, for events. */
  expected: string
  /** The audiences of the given entries, in words. */
  inWords(entries: readonly CompiledEntry[]): string
}

/** Compares audiences exactly: no prefix, no slash, no case. */
function createAudiences(own: readonly string[], entries: readonly CompiledEntry[]): Audiences {
  const origins = originsOf(own)
  // A list: a service has one or two, and a look-up in a set costs more than comparing them.
  const union = [...new Set([...own, ...entries.flatMap(({ audiences }) => audiences ?? [])])]
  const somePush = entries.some((entry) => isPushByUrl(entry))

  function inWords(some: readonly CompiledEntry[]): string {
    const exact = new Set(some.flatMap(({ audiences }) => audiences ?? own))
    return [...exact, ...urlsInWords(some)].join(' or ')
  }

  return {
    answersToAny: (audience, operation) =>
      union.includes(audience) || (somePush && isOwnUrl(audience, operation, origins)),
    answersTo: (audience, operation, entry) =>
      (entry.audiences?.includes(audience) ?? own.includes(audience)) ||
      (isPushByUrl(entry) && isOwnUrl(audience, operation, origins)),
    expected: [...union, ...urlsInWords(entries)].join(' or ') || nobody,
    inWords,
  }
}

/**
 * Pub/Sub, Cloud Tasks, Scheduler and Eventarc put the whole URL that they deliver to in `aud`
 * unless an audience is configured: for Cloud Tasks it differs from task to task.
 */
function isPushByUrl({ push, audiences }: CompiledEntry): boolean {
  return push !== undefined && audiences === undefined
}

function isOwnUrl(audience: string, { target }: Operation, origins: readonly string[]): boolean {
  // Only a path may follow an origin: `.evil.example/x` would make it another one.
  return target?.startsWith('/') === true && origins.some((origin) => audience === origin + target)
}

function originsOf(audiences: readonly string[]): string[] {
  const urls = audiences.filter((audience) => /^https?:\/\//.test(audience))
  return [...new Set(urls.flatMap((audience) => parsedUrl(audience)?.origin ?? []))]
}

function urlsInWords(entries: readonly CompiledEntry[]): string[] {
  return entries.some(isPushByUrl) ? ["the request's own URL"] : []
}
