import { bindFetch } from './call/bound-fetch.ts'
import { readSettings } from './call/settings.ts'
import type { ServiceFetchOptions } from './options.ts'
import type { ServiceFetch } from './service-fetch.ts'
import { createTokenCache } from './tokens/token-cache.ts'

/**
 * Creates a `fetch` that attaches this service's ID token, to the configured targets only.
 *
 * > [!WARNING]
 * > Create one and share it: each has a token cache of its own.
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
 * @param options the services that may be called, and how; read once
 * @throws {TypeError} if an option, or a variable of the environment, is wrong, such as
 *   `COUNTERSIGN_EMULATOR` in production
 */
export function createServiceFetch(options: ServiceFetchOptions): ServiceFetch {
  const settings = readSettings(options)
  const { targets } = settings
  const tokens = createTokenCache({ ...settings, audiences: () => targets.known().audiences })
  return bindFetch({ ...settings, tokens })
}
