import { assertKnown, assertText } from '@countersign/shared/checks'
import { isPromise } from '@countersign/shared/promises'
import type { IdTokenError, TargetNotAllowedError } from '../errors.ts'
import type { TokenHeader } from '../options.ts'
import type { HeadersOptions } from '../service-fetch.ts'
import { assertTokenHeaders, type CompiledTarget } from '../targets/target.ts'
import type { Call, TargetList } from '../targets/targets.ts'
import type { MintedToken } from '../tokens/id-token.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { type Found, findTarget } from './admission.ts'
import type { Outcome } from './call-events.ts'
import type { Preparation } from './preparation.ts'
import { parseUrl } from './request-url.ts'
import type { Settings } from './settings.ts'
import { withToken } from './token-headers.ts'

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
