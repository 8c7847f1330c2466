import { type IdentitySource, metadataServer } from '@countersign/caller'
import { exitCodes, Failure } from '../command-line/failure.ts'
import type { ServiceEnvironment } from './emulator-variables.ts'
import type { RunningEmulator } from './running-emulator.ts'

/**
 * A service's identity at a running emulator: its own metadata server, as the service would use it.
 *
 * @param emulator the emulator
 * @param service whose identity
 */
export async function serviceIdentity(
  emulator: RunningEmulator,
  service: string,
): Promise<IdentitySource> {
  const { GCE_METADATA_HOST: host = '' } = await emulator.env(service)
  return metadataServer({ host })
}

/** Where a service is called, and for whom its tokens are. */
export interface ServiceAddress {
  readonly frontDoor: string
  readonly audience: string
}

/**
 * Where a service is, at a running emulator.
 *
 * @param emulator the emulator
 * @param service which one
 * @throws {@link Failure} where nobody can call it
 */
export async function serviceAddress(
  emulator: RunningEmulator,
  service: string,
): Promise<ServiceAddress> {
  const env = await emulator.env(service)
  const frontDoor = frontDoors(env)[service]
  const [audience] = (env.COUNTERSIGN_AUDIENCE ?? '').split(',')
  if (frontDoor !== undefined && audience) return { frontDoor, audience }
  throw new Failure(`"${service}" can't be called: the policy gives it no url`, {
    exitCode: exitCodes.usage,
  })
}

function frontDoors({ COUNTERSIGN_SERVICE_URLS: urls = '{}' }: ServiceEnvironment) {
  return JSON.parse(urls) as Readonly<Record<string, string>>
}
