import type { OpenFrontDoor, Servers, ServiceServers } from './servers.ts'

/**
 * A service's servers.
 *
 * @param name the service's
 * @param servers everybody's
 * @throws TypeError where the policy has no such service
 */
export function serviceNamed(
  name: string,
  { services }: Pick<Servers, 'services'>,
): ServiceServers {
  const found = services.get(name)
  if (found) return found
  const known = [...services.keys()].join(', ')
  throw new TypeError(`The policy has no service "${name}". Its services: ${known}`)
}

/**
 * A service's front door.
 *
 * @param name the service's
 * @param servers everybody's
 * @throws TypeError where the policy has no such service, or it has no URL
 */
export function frontDoorOf(name: string, servers: Pick<Servers, 'services'>): OpenFrontDoor {
  const { frontDoor } = serviceNamed(name, servers)
  if (frontDoor) return frontDoor
  throw new TypeError(`"${name}" has no front door: the policy gives it no url, so it only calls`)
}
