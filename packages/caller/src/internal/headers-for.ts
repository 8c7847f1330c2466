import type { TargetNotAllowedError } from '../errors.ts'
import type { TokenHeader } from '../options.ts'
import type { HeadersOptions } from '../service-fetch.ts'
import { findTarget } from './admission.ts'
import { assertKnown, assertText } from './checks.ts'
import { assertTokenHeaders } from './header-names.ts'
import type { Preparation } from './preparation.ts'
import type { CompiledTarget } from './read-target.ts'
import type { HeaderPair } from './request-headers.ts'
import type { Settings } from './settings.ts'
import type { Call, TargetList } from './targets.ts'
import type { TokenCache } from './token-cache.ts'
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
  const call = { url: new URL(url), method: method?.toUpperCase(), headers: own }
  const target = targetOf(call, await settings.targets.get(), settings)
  if (!target) return new Headers([...own])
  const token = await tokens.get(target.audience)
  return new Headers(withToken(own, names ?? defaultHeaders(target), token))
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

function targetOf(
  call: Call & { headers: readonly HeaderPair[] },
  targets: TargetList,
  { mode, report, now }: Settings,
): CompiledTarget | undefined {
  const { method = '' } = call
  const outcome = { request: { ...call, method }, startedAtMs: now() }
  try {
    const { target, reported } = findTarget(call, targets, mode)
    if (reported) report?.({ ...outcome, target, reported })
    return target
  } catch (error) {
    report?.({ ...outcome, refusal: error as TargetNotAllowedError })
    throw error
  }
}

/** Other clients have no redirects of ours to follow and one header to fill, so one is enough. */
function defaultHeaders({ headers }: CompiledTarget): readonly TokenHeader[] {
  return headers.includes('authorization') ? ['authorization'] : headers
}
