import type { Policy, Service } from '@countersign/policy'
import { usageFailure } from '../command-line/failure.ts'

/** A service with a command. */
export type Runnable = Service & { readonly command: string }

/**
 * The services that have a command.
 *
 * @param policy whose services
 * @throws {@link Failure} where none has
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
 * @param policy whose service
 * @param name the service's
 * @throws {@link Failure} where there is no such service, or it has no command
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
