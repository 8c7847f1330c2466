import { rm } from 'node:fs/promises'
import type { Emulator } from '../emulator.ts'
import { type Account, projectOf, strangerAccount } from './accounts.ts'
import { emulatorEvents } from './events/emulator-events.ts'
import type { Google } from './google.ts'
import { httpOrigin } from './http/http-origin.ts'
import { frontDoorOf, serviceNamed } from './named-servers.ts'
import type { PubsubBridge } from './pubsub-bridge/pubsub-bridge.ts'
import type { Pushes } from './pushes/pushes.ts'
import type { Recording } from './recording/recording.ts'
import type { Servers } from './servers.ts'
import { serviceEnvironment } from './service-environment.ts'

/** What an emulator is made of. */
export interface EmulatorParts {
  readonly servers: Servers
  readonly pushes: Pushes
  readonly bridge: PubsubBridge | undefined
  readonly recording: Recording | undefined
  /** Removed on stop. */
  readonly emptyFolder: string
}

/**
 * The handle that users hold.
 *
 * @param google what the servers know
 * @param parts what listens, and what is to be stopped
 */
export function createEmulator(
  google: Google,
  { servers, pushes, bridge, recording, emptyFolder }: EmulatorParts,
): Emulator {
  const { issuer, keys, drills, log, serviceAccountKeys, users, federation } = google
  const { url } = servers.api
  const surroundings = { environment: google.policy.environment, emptyFolder }
  const stop = once(async () => {
    pushes.stop()
    await bridge?.stop()
    drills.stopAll()
    await servers.close()
    google.events.close()
    await recording?.done
    await rm(emptyFolder, { recursive: true, force: true })
  })
  return {
    url,
    get signingKey() {
      const { kid, privateKey } = keys.signing()
      return { kid, privateKey }
    },
    requests: log.entries,
    events: emulatorEvents(google.events),
    env: (service) => serviceEnvironment(serviceNamed(service, servers), servers, surroundings),
    frontDoor: (service) => frontDoorOf(service, servers).url,
    forwardTo: (service, to) => frontDoorOf(service, servers).forwardTo(checkedOrigin(to)),
    setPublic: (service, isPublic) => frontDoorOf(service, servers).setPublic(isPublic),
    serviceAccountKey: async (name) => {
      const { service } = serviceNamed(name, servers)
      const account = accountOf(service.serviceAccount, google)
      return serviceAccountKeys.file(account, { project: projectOf(service), url })
    },
    userCredentials: (email = 'developer@example.com') => users.file(assertEmail(email), url),
    federation: (name) => {
      const { service } = serviceNamed(name, servers)
      const account = accountOf(service.serviceAccount, google)
      return federation.config(account, { project: projectOf(service), url })
    },
    idToken: async (serviceOrEmail, audience, overrides = {}) => {
      return issuer.idToken(accountOf(serviceOrEmail, google), audience, { overrides })
    },
    drill: drills.start,
    push: async (name, options = {}) => pushes.start(name, options).done,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function accountOf(serviceOrEmail: string, { policy, accounts }: Google): Account {
  const email = policy.services.get(serviceOrEmail)?.serviceAccount ?? serviceOrEmail
  if (!email.includes('@')) {
    throw new TypeError(`"${email}" is neither a service of the policy nor an email`)
  }
  return accounts.get(email) ?? strangerAccount(email)
}

function assertEmail(email: string): string {
  if (/^[^@\s]+@[^@\s]+$/.test(email)) return email
  throw new TypeError(`email: "${email}" is none; write "developer@example.com"`)
}

function checkedOrigin(url: string | URL): URL {
  const origin = httpOrigin(String(url))
  if (origin) return origin
  throw new TypeError(`url: "${url}" is no http origin; write "http://127.0.0.1:8080"`)
}

function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined
  return () => {
    running ??= work()
    return running
  }
}
