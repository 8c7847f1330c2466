import type { IdentitySource } from '../identity-source.ts'
import { metadataServer } from './metadata-server.ts'

/** What `applicationDefault` takes. */
export type ApplicationDefaultOptions = Readonly<Record<string, never>>

/** The credentials of the place where this runs: the metadata server's. */
export function applicationDefault(): IdentitySource {
  return metadataServer()
}
