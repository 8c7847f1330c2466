import { isPromise } from '@countersign/shared/promises'
import { assertPolicyVersion } from '@countersign/shared/rules-in-force'
import type { ReceiverRules } from '../options.ts'
import { type AllowList, assertList, compileAllowList, compileAudience } from './allow-list.ts'
import { type Audiences, createAudiences } from './audience.ts'
import { type Operation, routeRule } from './operations.ts'
import { type RulesSummary, rulesSummary } from './rules-in-force.ts'
import { fixedAudience, type ServiceAudience, unknownAudience } from './service-audience.ts'

/** Who may call: the options that may change while the service runs, compiled. */
export interface Rules {
  allow: AllowList
  /** Whether an operation needs no caller. */
  isOpen(operation: Operation): boolean
  serviceAudience: ServiceAudience
  /** All audiences; a promise until the service's own is found. Rejects where it can't be. */
  audiences(): Audiences | Promise<Audiences>
  /** The same in words. */
  summary: RulesSummary
}

/** What the rules are read beside. */
export interface RulesContext {
  mode: 'enforce' | 'report-only'
  /** The service's audiences where the rules name none: of the environment, or found on Cloud Run. */
  found: ServiceAudience | undefined
}

/**
 * Compiles the rules.
 *
 * @throws TypeError where one is wrong, or there is no audience
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
  const { mode } = context
  const open = unauthenticated.map((route, index) => routeRule(route, `unauthenticated[${index}]`))
  return {
    allow: list,
    isOpen: (operation) => open.some((covers) => covers(operation)),
    serviceAudience,
    audiences: audiencesOf(list, serviceAudience),
    summary: rulesSummary(list, { unauthenticated, policy, audiences, mode }),
  }
}

/** Where the rules name no audience. An empty list, which only a running service may be given, needs none. */
function audienceWithout(allow: AllowList, { found, mode }: RulesContext): ServiceAudience {
  if (found !== undefined) return found
  const entries = [...allow.values()].flat()
  const isNeeded = entries.some(({ audiences }) => audiences === undefined)
  if (entries.length > 0 && !isNeeded) return fixedAudience([])
  if (mode === 'report-only') return unknownAudience
  if (!isNeeded) return fixedAudience([])
  throw new TypeError(
    'no audience: set audience, or COUNTERSIGN_AUDIENCE, to the URL that callers put in aud, such as "https://search-123.us-central1.run.app". Only on Cloud Run is it found by itself',
  )
}

function audiencesOf(allow: AllowList, own: ServiceAudience): Rules['audiences'] {
  const entries = [...allow.values()].flat()
  let audiences: Audiences | undefined
  const make = (list: readonly string[]) => {
    audiences = createAudiences(list, entries)
    return audiences
  }
  return () => {
    if (audiences !== undefined) return audiences
    const found = own.get()
    return isPromise(found) ? found.then(make) : make(found)
  }
}
