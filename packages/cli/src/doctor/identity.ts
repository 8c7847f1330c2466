import {
  type AccessTokenSource,
  applicationDefault,
  createServiceFetch,
  type IdentitySource,
  impersonate,
  type ServiceFetch,
} from '@countersign/caller'
import { serviceIdentity } from '../emulator/running-emulator.ts'
import type { CallTarget } from './target.ts'

/** As whom a call is made: the credentials that are found, an account, or a service of the emulator. */
export async function identityFor(
  as: string | undefined,
  { emulator }: Pick<CallTarget, 'emulator'>,
): Promise<IdentitySource & Partial<AccessTokenSource>> {
  if (as === undefined) return applicationDefault()
  if (emulator && !as.includes('@')) return serviceIdentity(emulator, as)
  return impersonate({ serviceAccount: as })
}

/** A fetch that signs calls of this one target. */
export function signedFetchFor(
  { url, audience, emulated }: CallTarget,
  identity: IdentitySource,
): ServiceFetch {
  const isFunction = url.hostname.endsWith('.cloudfunctions.net')
  return createServiceFetch({
    targets: [
      {
        url: isFunction ? url.origin + firstPart(url.pathname) : url.origin,
        ...(audience !== undefined && { audience }),
        // The front door stands for Cloud Run, which reads the token in both headers.
        ...(emulated && {
          headers: ['authorization', 'x-serverless-authorization'] as const,
          allowInsecureHttp: true,
        }),
      },
    ],
    identity,
    mode: 'enforce',
    log: false,
  })
}

/** The name of a function is the first part of its path. */
function firstPart(pathname: string): string {
  return `/${pathname.split('/')[1] ?? ''}`
}
