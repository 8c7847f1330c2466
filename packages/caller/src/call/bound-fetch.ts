import { assertKnown, assertText } from '@countersign/shared/checks'
import { isPromise } from '@countersign/shared/promises'
import type { IdTokenError, TargetNotAllowedError } from '../errors.ts'
import type { CallerHealth } from '../health.ts'
import type { TokenHeader } from '../options.ts'
import type { HeadersOptions, ServiceFetch } from '../service-fetch.ts'
import { inProduction, type TargetSource, unknownName } from '../targets/refusals.ts'
import { assertTokenHeaders, type CompiledTarget } from '../targets/target.ts'
import { memoizeByName, type Operation, type TargetList } from '../targets/targets.ts'
import { version } from '../targets/targets-in-force.ts'
import type { IdToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { findTarget, type Mode, type TargetMatch, withToken } from './admission.ts'
import { expectOneTrace } from './one-trace.ts'
import type { Outcome } from './report.ts'
import { type FetchInput, type Preparation, parseUrl } from './request.ts'
import { type Scope, signedFetch } from './send.ts'
import type { Settings } from './settings.ts'

/** The parts that all `serviceFetch` functions of one caller share. */
export interface CallerParts extends Settings {
  tokens: TokenCache
}

/** Creates the function and its methods, for one incoming request or for none. */
export function bindFetch(parts: CallerParts, preparation?: Preparation): ServiceFetch {
  function serviceFetch(input: FetchInput, init?: RequestInit): Promise<Response> {
    return signedFetch(parts, { input, init, preparation })
  }
  function fetchTo(name: string): typeof fetch {
    let base = baseOf(parts.targets.known(), name)
    function scopeIn(all: TargetList): Scope {
      const targets = all.named(name)
      base = targets.base ?? base
      return { targets, base }
    }
    return (input, init) => signedFetch(parts, { input, init, preparation }, scopeIn)
  }
  const bound = Object.assign(serviceFetch, {
    to: memoizeByName(fetchTo),
    headers: (url: string | URL, wanted: HeadersOptions = {}) =>
      headersFor(url, wanted, { parts, preparation }),
    ready: () => ready(parts),
    health: () => health(parts),
  })
  return Object.defineProperty(bound, rebound, {
    value: (next: Preparation) => bindFetch(parts, next),
  })
}

/**
 * Returns a `serviceFetch` that shares the tokens of the given one, with a preparation.
 *
 * @throws {TypeError} if the given one isn't ours
 */
export function rebindFetch(serviceFetch: ServiceFetch, preparation: Preparation): ServiceFetch {
  if (rebound in serviceFetch) return (serviceFetch as unknown as Rebindable)[rebound](preparation)
  throw new TypeError(
    'serviceFetch must be what createServiceFetch returned: pass that to requestFetch, and wrap the result',
  )
}

/** `Symbol.for`, so that it works across installed copies of this package. */
const rebound: unique symbol = Symbol.for('@countersign/caller/rebound')

interface Rebindable {
  [rebound](preparation: Preparation): ServiceFetch
}

function baseOf(targets: TargetList, name: string): string {
  const { base } = targets.named(name)
  if (base !== undefined) return base
  throw unknownName(name, targets.names, targets.source)
}

async function ready({ targets, tokens }: CallerParts): Promise<void> {
  const { audiences } = await targets.get()
  await Promise.all(audiences.map((audience) => tokens.get(audience)))
}

function health(parts: CallerParts): CallerHealth {
  const { targets, tokens, inForce, mode, emulation } = parts
  const audiences = targets.known().audiences.map((audience) => tokens.health(audience))
  return { version, rules: inForce.known(), mode, emulator: emulation?.url.origin, audiences }
}

/**
 * Returns the headers for a call that another client makes. In report-only mode they are empty if no
 * target covers the URL.
 *
 * @throws {TypeError} if the URL or an option is wrong
 * @throws {@link TargetNotAllowedError} if the call is not allowed
 * @throws {@link IdTokenError} if there is no token
 */
async function headersFor(
  url: string | URL,
  options: HeadersOptions,
  { parts, preparation }: HeadersContext,
): Promise<Headers> {
  const { targets, tokens, mode, now } = parts
  const { method, names } = readOptions(options)
  const { headers: own = [] } = preparation ?? {}
  const call = { url: parseUrl(String(url)), method: method?.toUpperCase() }
  const report = reporter({ ...call, method: call.method ?? '', headers: own }, parts)

  async function find(): Promise<TargetMatch> {
    return matchOf(call, { targets: await targets.get(), mode, report })
  }

  async function headersTo(target: CompiledTarget | undefined): Promise<Headers> {
    if (!target) return new Headers([...own])
    const promised = tokens.get(target.audience)
    const token = await minted(promised, target, report)
    // The targets can have changed while the token was fetched.
    const current = isPromise(promised) ? (await find()).target : target
    if (current?.audience !== target.audience) return headersTo(current)
    if (own.length > 0) expectOneTrace(token, now())
    return new Headers(withToken(own, names ?? defaultHeaders(current), token))
  }

  const { target, reported } = await find()
  if (reported) report({ target, reported })
  return headersTo(target)
}

function readOptions(options: HeadersOptions) {
  assertKnown(options, Object.keys(headersNames), 'headers options')
  const { method, header } = options
  assertText(method, 'method')
  const names = header === undefined ? undefined : [header].flat()
  assertTokenHeaders(names, 'header')
  return { method, names }
}

const headersNames: Record<keyof HeadersOptions, true> = { method: true, header: true }

/** The caller whose headers they are, and the incoming request's preparation. */
interface HeadersContext {
  parts: CallerParts
  preparation: Preparation | undefined
}

/** Reports why a call was refused, or would have been. */
type ReportCall = (what: Pick<Outcome, 'target' | 'refusal' | 'reported'>) => void

function reporter(request: Outcome['request'], { report, now }: CallerParts): ReportCall {
  const startedAtMs = now()
  return (what) => report?.({ request, startedAtMs, ...what })
}

interface MatchContext {
  targets: TargetList
  mode: Mode
  report: ReportCall
}

function matchOf(call: Operation, { targets, mode, report }: MatchContext): TargetMatch {
  try {
    const found = findTarget(call, targets, mode)
    if (found.target) assertAtFrontDoor(call.url, targets.source)
    return found
  } catch (error) {
    const refusal = error as TargetNotAllowedError
    report({ target: targets.covering(call.url), refusal })
    throw error
  }
}

/** Another client calls the URL as it is: with the emulator that of production would be beyond it. */
function assertAtFrontDoor(url: URL, source: TargetSource): void {
  const { emulation } = source
  if (emulation === undefined || emulation.mayLeave) return
  const local = emulation.localUrl(url)
  if (local !== url) throw inProduction(url, local, source)
}

async function minted(
  promised: IdToken | Promise<IdToken>,
  target: CompiledTarget,
  report: ReportCall,
): Promise<IdToken> {
  try {
    return await promised
  } catch (error) {
    report({ target, refusal: error as IdTokenError })
    throw error
  }
}

/** One header is enough here: these headers are for one request, without redirects. */
function defaultHeaders({ headers }: CompiledTarget): readonly TokenHeader[] {
  return headers.includes('authorization') ? ['authorization'] : headers
}
