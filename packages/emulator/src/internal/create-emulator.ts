import type { Emulator } from '../emulator.ts'
import { emulatorEvents } from '../events/event-log.ts'
import type { Google } from '../google/google.ts'
import { httpOrigin } from '../http/hosts.ts'
import type { Pushes } from '../pushes/pushes.ts'
import { createCredentials } from './credentials.ts'
import { frontDoorOf } from './named-servers.ts'
import type { Servers } from './servers.ts'

/** What an emulator is made of. */
export interface EmulatorParts extends Pick<Emulator, 'env' | 'stop'> {
  readonly servers: Servers
  readonly pushes: Pushes
}

/**
 * The handle that users hold.
 *
 * @param google what the servers know
 * @param parts what listens
 */
export function createEmulator(
  google: Google,
  { servers, pushes, env, stop }: EmulatorParts,
): Emulator {
  const { keys, drills, log, events } = google
  return {
    ...createCredentials(google, servers),
    url: servers.api.url,
    get signingKey() {
      const { kid, privateKey } = keys.signing()
      return { kid, privateKey }
    },
    requests: log.entries,
    events: emulatorEvents(events),
    env,
    frontDoor: (service) => frontDoorOf(service, servers).url,
    forwardTo: (service, to) => frontDoorOf(service, servers).forwardTo(checkedOrigin(to)),
    setPublic: (service, isPublic) => frontDoorOf(service, servers).setPublic(isPublic),
    drill: drills.start,
    push: async (name, options = {}) => pushes.start(name, options).done,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function checkedOrigin(url: string | URL): URL {
  const origin = httpOrigin(String(url))
  if (origin) return origin
  throw new TypeError(`url: "${url}" is no http origin; write "http://127.0.0.1:8080"`)
}
