import type { CallerHealth } from '../health.ts'
import type { HeadersOptions, ServiceFetch } from '../service-fetch.ts'
import { perName, type TargetList } from '../targets/targets.ts'
import { version } from '../targets/targets-in-force.ts'
import type { TokenCache } from '../tokens/token-cache.ts'
import { headersFor } from './headers-for.ts'
import type { Preparation } from './preparation.ts'
import type { FetchInput } from './request-init.ts'
import type { Settings } from './settings.ts'
import type { Scope, SignedFetch } from './signed-fetch.ts'

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
