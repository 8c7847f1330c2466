import type { CallerHealth } from './health.ts'
import { headersFor } from './internal/headers-for.ts'
import type { FetchInput } from './internal/request-init.ts'
import { createSend } from './internal/send.ts'
import { readSettings, type Settings } from './internal/settings.ts'
import { createSignedFetch, type SignedFetch } from './internal/signed-fetch.ts'
import { createTokenCache, type TokenCache } from './internal/token-cache.ts'
import type { ServiceFetchOptions } from './options.ts'
import type { HeadersOptions, ServiceFetch } from './service-fetch.ts'

/**
 * Makes a `fetch` that attaches this service's ID token, to the listed services only.
 *
 * > [!WARNING]
 * > Make one and share it: each has a token cache of its own.
 *
 * @example
 * A service that calls one other
 * ```ts
 * import { createServiceFetch } from '@countersign/caller'
 *
 * const serviceFetch = createServiceFetch({
 *   targets: ['https://user-profiles-123.us-central1.run.app'],
 * })
 * const response = await serviceFetch('https://user-profiles-123.us-central1.run.app/profiles/7')
 * ```
 *
 * @param options which services may be called, and how; read once
 * @throws {TypeError} where an option, or a variable of the environment, is wrong
 */
export function createServiceFetch(options: ServiceFetchOptions): ServiceFetch {
  const settings = readSettings(options)
  const tokens = createTokenCache(settings)
  const signedFetch = createSignedFetch(settings, createSend(settings, tokens))

  function serviceFetch(input: FetchInput, init?: RequestInit): Promise<Response> {
    return signedFetch({ input, init }, settings.targets)
  }
  return Object.assign(serviceFetch, {
    to: (name: string) => fetchTo(name, settings, signedFetch),
    headers: (url: string | URL, wanted: HeadersOptions = {}) =>
      headersFor(url, wanted, { settings, tokens }),
    ready: () => ready(settings, tokens),
    health: () => health(settings, tokens),
  })
}

function fetchTo(name: string, { targets }: Settings, signedFetch: SignedFetch): typeof fetch {
  const named = targets.named(name)
  return (input, init) => signedFetch({ input, init, base: named.base }, named)
}

async function ready({ targets }: Settings, tokens: TokenCache): Promise<void> {
  await Promise.all(targets.audiences.map((audience) => tokens.get(audience)))
}

function health({ targets, mode, emulator }: Settings, tokens: TokenCache): CallerHealth {
  const audiences = targets.audiences.map((audience) => tokens.health(audience))
  return { mode, emulator: emulator?.href, audiences }
}
