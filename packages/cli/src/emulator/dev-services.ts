import { type AccessTokenSource, type IdentitySource, impersonate } from '@countersign/caller'
import type { GenuineIdentity, StartEmulatorOptions } from '@countersign/emulator'
import type { Policy, Service } from '@countersign/policy'
import { usageFailure } from '../command-line/failure.ts'
import { ownCommand } from '../command-line/own-command.ts'

/** A service that has a command. */
type Runnable = Service & { command: string }

/**
 * Returns the services that have a command.
 *
 * @throws {Failure} if none has
 */
export function runnableServices(policy: Policy): readonly Runnable[] {
  const found = [...policy.services.values()].filter(isRunnable)
  if (found.length > 0) return found
  throw usageFailure(
    'No service of the policy has a command',
    `Add "command": "node server.ts" to a service, or run ${ownCommand()} emulator and start them yourself.`,
  )
}

/**
 * Returns one service, which must have a command.
 *
 * @throws {Failure} if there is no such service, or it has no command
 */
export function runnableService(policy: Policy, name: string): Runnable {
  const service = policy.services.get(name)
  if (service === undefined) {
    const known = [...policy.services.keys()].join(', ')
    throw usageFailure(`The policy has no service "${name}"`, `Write --only with one of ${known}.`)
  }
  if (isRunnable(service)) return service
  throw usageFailure(`"${name}" has no command`, `Add "command": "node server.ts" to "${name}".`)
}

function isRunnable(service: Service): service is Runnable {
  return service.command !== undefined
}

/** The options of an emulator that runs for one service alone. */
type OneLocal = Required<Pick<StartEmulatorOptions, 'policy' | 'identities'>>

/**
 * Prepares an emulator for one service on this machine, which calls the other services at their own URLs.
 * The emulator has a front door only for this service, and its metadata server returns genuine tokens of
 * the service's account, which this machine's Application Default Credentials impersonate.
 *
 * One token is fetched at once, so that wrong credentials are reported before anything runs.
 *
 * @param onError called for each later error in fetching a token
 * @throws {IdTokenError} if no token can be fetched
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
  return { policy: withoutOthers(policy, service.name), identities }
}

/** Returns the other services that a service calls. */
export function calledBy(policy: Policy, service: Service): Service[] {
  return [...policy.services.values()].filter(({ name }) => {
    return service.calls.has(name) && name !== service.name
  })
}

/** Removes the URLs of the other services, so that they have no front door. They can still make calls. */
export function withoutOthers(policy: Policy, only: string): Policy {
  const services = [...policy.services.values()].map((service): [string, Service] => {
    const isHere = service.name === only
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
