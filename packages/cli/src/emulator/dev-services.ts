import { type AccessTokenSource, type IdentitySource, impersonate } from '@countersign/caller'
import type { GenuineIdentity, StartEmulatorOptions } from '@countersign/emulator'
import type { Policy, Service } from '@countersign/policy'
import { usageFailure } from '../command-line/failure.ts'

/** A service with a command. */
type Runnable = Service & { command: string }

/**
 * The services that have a command.
 *
 * @throws {Failure} if none has
 */
export function runnableServices(policy: Policy): readonly Runnable[] {
  const found = [...policy.services.values()].filter(isRunnable)
  if (found.length > 0) return found
  throw usageFailure(
    'No service of the policy has a command',
    'Add "command": "node server.ts" to a service, or run countersign emulator and start them yourself.',
  )
}

/**
 * One of them.
 *
 * @throws {Failure} if there is no such service, or it has no command
 */
export function runnableService(policy: Policy, name: string): Runnable {
  const service = policy.services.get(name)
  if (service === undefined) {
    const known = [...policy.services.keys()].join(', ')
    throw usageFailure(`The policy has no service "${name}"`, `Its services: ${known}`)
  }
  if (isRunnable(service)) return service
  throw usageFailure(`"${name}" has no command`, `Add "command": "node server.ts" to "${name}".`)
}

function isRunnable(service: Service): service is Runnable {
  return service.command !== undefined
}

/** What an emulator is told so that it stands for one service alone. */
type OneLocal = Required<Pick<StartEmulatorOptions, 'policy' | 'identities'>>

/**
 * One service here, and the others where the policy says that they are: the emulator has a front
 * door for this one alone, and its metadata server gives genuine tokens of its account, which this
 * machine's Application Default Credentials impersonate.
 *
 * One token is asked for at once: credentials that won't do are told before anything runs.
 *
 * @param onError told why a token could not be had, later
 * @throws IdTokenError where none can be had
 */
export async function oneLocal(
  policy: Policy,
  service: Service,
  onError: (error: unknown) => void,
): Promise<OneLocal> {
  const account = impersonate({ serviceAccount: service.serviceAccount })
  const [called] = calledBy(policy, service)
  if (called?.url !== undefined) await account.idToken(called.url)
  const identities = { [service.name]: reportingErrors(account, onError) }
  return { policy: withoutOthers(policy, service), identities }
}

/** The services that one calls and that are elsewhere. */
export function calledBy(policy: Policy, service: Service): Service[] {
  return [...policy.services.values()].filter(({ name }) => {
    return service.calls.has(name) && name !== service.name
  })
}

/** A service without a URL has no front door. The others still call, as `countersign call` does. */
function withoutOthers(policy: Policy, { name }: Service): Policy {
  const services = [...policy.services.values()].map((service): [string, Service] => {
    const isHere = service.name === name
    return [service.name, isHere ? service : { ...service, url: undefined, audiences: [] }]
  })
  return { ...policy, services: new Map(services) }
}

function reportingErrors(
  account: IdentitySource & AccessTokenSource,
  onError: (error: unknown) => void,
): GenuineIdentity {
  function report(error: unknown): never {
    onError(error)
    throw error
  }
  return {
    idToken: (audience) => account.idToken(audience).catch(report),
    accessToken: () => account.accessToken().catch(report),
  }
}
