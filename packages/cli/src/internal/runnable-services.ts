import type { Policy } from '@countersign/policy'
import { usageFailure } from './failure.ts'

/**
 * The commands of the services that have one, by service.
 *
 * @param policy whose services
 * @throws {@link Failure} where none has
 */
export function commandsOf(policy: Policy): ReadonlyMap<string, string> {
  const commands = new Map<string, string>()
  for (const { name, command } of policy.services.values()) {
    if (command !== undefined) commands.set(name, command)
  }
  if (commands.size > 0) return commands
  throw usageFailure(
    'No service of the policy has a command',
    'Add "command": "node server.ts" to a service, or run countersign emulator and start them yourself.',
  )
}
