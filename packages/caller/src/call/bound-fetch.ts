import { assertKnown, assertText } from '@countersign/shared/checks'
import { isPromise } from '@countersign/shared/promises'
import type { IdTokenError, TargetNotAllowedError } from '../errors.ts'
import type { CallerHealth } from '../health.ts'
import type { TokenHeader } from '../options.ts'
import type { Preparation } from '../request-fetch.ts'
import type { HeadersOptions, ServiceFetch } from '../service-fetch.ts'
import { assertTokenHeaders, type CompiledTarget } from '../targets/target.ts'
import { type Call, perName, type TargetList } from '../targets/targets.ts'
import { version } from '../targets/targets-in-force.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { type Found, findTarget, withToken } from './admission.ts'
import type { Outcome } from './report.ts'
import { type FetchInput, parseUrl } from './request.ts'
import type { Scope, SignedFetch } from './send.ts'
import type { Settings } from './settings.ts'

/** What every `serviceFetch` of one caller shares. */
export interface Core {
  readonly settings: Settings
  readonly tokens: TokenCache
  readonly signedFetch: SignedFetch
}

/** Makes the function and its methods, for one request that is being answered or for none. */
export function bindFetch(core: Core, preparation?: Preparation): ServiceFetch {
  const { settings, tokens, signedFetch } = core

  function serviceFetch(input: FetchInput, init?: RequestInit): Promise<Response> {
    return signedFetch({ input, init, preparation })
  }
  function fetchTo(name: string): typeof fetch {
    let base = baseOf(settings.targets.known(), name)
    function scopeIn(all: TargetList): Scope {
      const targets = all.named(name)
      base = targets.base ?? base
      return { targets, base }
    }
    return (input, init) => signedFetch({ input, init, preparation }, scopeIn)
  }
  const bound = Object.assign(serviceFetch, {
    to: perName(fetchTo),
    headers: (url: string | URL, wanted: HeadersOptions = {}) =>
      headersFor(url, wanted, { settings, tokens, preparation }),
    ready: () => ready(core),
    health: () => health(core),
  })
  return Object.defineProperty(bound, rebound, {
    value: (next: Preparation) => bindFetch(core, next),
  })
}

/**
 * The same `serviceFetch` with a preparation.
 *
 * @throws {TypeError} where it isn't one of ours, and so has no place for it
 */
export function rebindFetch(serviceFetch: ServiceFetch, preparation: Preparation): ServiceFetch {
  if (rebound in serviceFetch) return (serviceFetch as unknown as Rebindable)[rebound](preparation)
  throw new TypeError(
    'serviceFetch must be what createServiceFetch returned: give that, and wrap what requestFetch makes of it',
  )
}

/** For another installed copy of this package, too. */
const rebound: unique symbol = Symbol.for('@countersign/caller/rebound')

interface Rebindable {
  [rebound](preparation: Preparation): ServiceFetch
}

function baseOf(targets: TargetList, name: string): string {
  const { base } = targets.named(name)
  if (base !== undefined) return base
  throw new TypeError(
    `No target is named ${JSON.stringify(name)}: write one of ${targets.names.join(', ') || 'them with a name'}`,
  )
}

async function ready({ settings, tokens }: Core): Promise<void> {
  const { audiences } = await settings.targets.get()
  await Promise.all(audiences.map((audience) => tokens.get(audience)))
}

function health({ settings, tokens }: Core): CallerHealth {
  const { targets, inForce, mode, emulator } = settings
  const audiences = targets.known().audiences.map((audience) => tokens.health(audience))
  return { version, rules: inForce.known(), mode, emulator: emulator?.origin, audiences }
}

/**
 * The headers for a call that another client makes; none for one that is on no list, where that is
 * only reported.
 *
 * @throws {TypeError} where the URL or an option is wrong
 * @throws {@link TargetNotAllowedError} where the call is not allowed
 * @throws {@link IdTokenError} where no token can be had
 */
export async function headersFor(
  url: string | URL,
  options: HeadersOptions,
  { settings, tokens, preparation }: HeadersContext,
): Promise<Headers> {
  const { method, names } = readOptions(options)
  const { headers: own = [] } = preparation ?? {}
  const call = { url: parseUrl(String(url)), method: method?.toUpperCase() }
  const tell = teller({ ...call, method: call.method ?? '', headers: own }, settings)
  const find = async () => targetOf(call, { targets: await settings.targets.get(), settings, tell })

  async function headersTo(target: CompiledTarget | undefined): Promise<Headers> {
    if (!target) return new Headers([...own])
    const landing = tokens.get(target.audience)
    const token = await minted(landing, target, tell)
    // What was waited for is for the targets that count now.
    const current = isPromise(landing) ? (await find()).target : target
    if (current?.audience !== target.audience) return headersTo(current)
    return new Headers(withToken(own, names ?? defaultHeaders(current), token))
  }

  const { target, reported } = await find()
  if (reported) tell({ target, reported })
  return headersTo(target)
}

function readOptions(options: HeadersOptions) {
  assertKnown(options, ['method', 'header'], 'headers options')
  const { method, header } = options
  assertText(method, 'method')
  const names = header === undefined ? undefined : [header].flat()
  assertTokenHeaders(names, 'header')
  return { method, names }
}

/** Whose headers they are. */
export interface HeadersContext {
  readonly settings: Settings
  readonly tokens: TokenCache
  readonly preparation: Preparation | undefined
}

/** Tells of what came in the way of a call. */
type Tell = (what: Pick<Outcome, 'target' | 'refusal' | 'reported'>) => void

function teller(request: Outcome['request'], { report, now }: Settings): Tell {
  const startedAtMs = now()
  return (what) => report?.({ request, startedAtMs, ...what })
}

function targetOf(
  call: Call,
  { targets, settings, tell }: { targets: TargetList; settings: Settings; tell: Tell },
): Found {
  try {
    return findTarget(call, targets, settings.mode)
  } catch (error) {
    const refusal = error as TargetNotAllowedError
    tell({ target: targets.covering(call.url), refusal })
    throw error
  }
}

async function minted(
  landing: MintedToken | Promise<MintedToken>,
  target: CompiledTarget,
  tell: Tell,
): Promise<MintedToken> {
  try {
    return await landing
  } catch (error) {
    tell({ target, refusal: error as IdTokenError })
    throw error
  }
}

/** Other clients have no redirects of ours to follow and one header to fill, so one is enough. */
function defaultHeaders({ headers }: CompiledTarget): readonly TokenHeader[] {
  return headers.includes('authorization') ? ['authorization'] : headers
}
