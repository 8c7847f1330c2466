import type { EmulatorState, ServiceState } from '../emulator-state.ts'
import type { Google } from '../google/google.ts'
import type { Servers, ServiceServers } from './servers.ts'

/**
 * What an emulator is made of, for its page and its recordings.
 *
 * @param google its policy and its drills
 * @param servers what listens
 */
export function emulatorState(
  { run, policy, drillEvents }: Google,
  servers: Servers,
): EmulatorState {
  return {
    run,
    url: servers.api.url,
    services: [...servers.services.values()].map(serviceState),
    edges: [...policy.services.values()].flatMap(({ name: from, calls }) => {
      return [...calls.keys()].map((to) => ({ from, to }))
    }),
    pushes: [...policy.pushes.values()].map(({ name, kind, to, path = '/' }) => {
      return { name, kind, to, path }
    }),
    drills: drillEvents.active(),
  }
}

function serviceState({ service, frontDoor }: ServiceServers): ServiceState {
  const { name, serviceAccount: account, url, audiences } = service
  return {
    name,
    account,
    ...(frontDoor && { frontDoor: frontDoor.url }),
    ...(url !== undefined && { url }),
    audiences,
    public: frontDoor?.isPublic() ?? false,
  }
}
