import type { PushSender, Rule } from '@countersign/policy'
import type { EmulatorCredentials } from '../credentials.ts'
import type { Drills } from '../drills/drills.ts'
import type { Emulator } from '../emulator.ts'
import { emulatorEvents } from '../events/event-log.ts'
import { shownGrant } from '../events/grant-events.ts'
import type { Journal } from '../events/journal.ts'
import type { EmulatorState, PolicyFollowed, PushState, ServiceState } from '../events.ts'
import { type Account, projectOf, strangerAccount } from '../google/accounts.ts'
import type { CredentialsContext } from '../google/credentials.ts'
import type { Google } from '../google/google.ts'
import { httpOrigin } from '../http/hosts.ts'
import type { Iam } from '../iam/iam.ts'
import { checkAccess } from '../iam/settings.ts'
import type { Pushes } from '../pushes/pushes.ts'
import { followPolicy } from './follow-policy.ts'
import { frontDoorOf, type Servers, type ServiceServers, serviceNamed } from './servers.ts'

/** The parts of an emulator. */
export interface EmulatorParts extends Pick<Emulator, 'env' | 'stop'> {
  google: Google
  iam: Iam
  journal: Journal
  drills: Drills
  servers: Servers
  pushes: Pushes
}

/** The handle that users hold. */
export function createEmulator(parts: EmulatorParts): Emulator {
  const { google, iam, journal, drills, servers, pushes, env, stop } = parts
  return {
    ...createCredentials(google, servers),
    url: servers.api.url,
    get signingKey() {
      const { kid, privateKey } = google.keys.signing()
      return { kid, privateKey }
    },
    requests: journal.requests.entries,
    events: emulatorEvents(journal.events),
    env,
    frontDoor: (service) => frontDoorOf(service, servers).url,
    forwardTo: (service, to) => frontDoorOf(service, servers).forwardTo(checkedOrigin(to)),
    setPolicy: (policy) => {
      const needsRestart = followPolicy(policy, google, servers)
      iam.replaceFileGrants(google.policy)
      journal.events.add<PolicyFollowed>({ type: 'policy', at: google.wallClock(), needsRestart })
      return needsRestart
    },
    setPublic: (service, isPublic) => {
      frontDoorOf(service, servers)
      iam.setPublic(service, isPublic)
    },
    setAccess: (service, access) => {
      frontDoorOf(service, servers)
      iam.setAccess(service, checkAccess({ ...access }))
    },
    drill: drills.start,
    push: async (name, options = {}) => pushes.start(name, options).done,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function checkedOrigin(url: string | URL): URL {
  const origin = httpOrigin(String(url))
  if (origin) return origin
  throw new TypeError(
    `url must be an http origin, but is "${url}": write one such as "http://127.0.0.1:8080"`,
  )
}

/** Credentials and tokens of the policy's accounts, as users get them in process. */
function createCredentials(
  google: Google,
  servers: Servers,
): Omit<EmulatorCredentials, 'signingKey'> {
  const { issuer, serviceAccountKeys, users, federation, awsFederation } = google
  const { url } = servers.api
  function ownerNamed(name: string): { account: Account; context: CredentialsContext } {
    const { service } = serviceNamed(name, servers)
    const account = accountOf(service.serviceAccount, google)
    return { account, context: { project: projectOf(service), url } }
  }
  return {
    serviceAccountKey: async (name) => {
      const { account, context } = ownerNamed(name)
      return serviceAccountKeys.file(account, context)
    },
    userCredentials: (email = 'developer@example.com') => users.file(assertEmail(email), url),
    federation: (name) => {
      const { account, context } = ownerNamed(name)
      return federation.config(account, context)
    },
    awsFederation: (name) => {
      const { account, context } = ownerNamed(name)
      return awsFederation.config(account, context)
    },
    idToken: async (serviceOrEmail, audience, overrides = {}) => {
      return issuer.idToken(accountOf(serviceOrEmail, google), audience, { overrides })
    },
  }
}

function accountOf(serviceOrEmail: string, { policy, accounts }: Google): Account {
  const email = policy.services.get(serviceOrEmail)?.serviceAccount ?? serviceOrEmail
  if (!email.includes('@')) {
    const known = [...policy.services.keys()].join(', ')
    throw new TypeError(
      `serviceOrEmail must be a service of the policy or an email address, but is "${email}": write one of ${known}, or an address`,
    )
  }
  return accounts.get(email) ?? strangerAccount(email)
}

function assertEmail(email: string): string {
  if (/^[^@\s]+@[^@\s]+$/.test(email)) return email
  throw new TypeError(
    `email must be an email address, but is "${email}": write one such as "developer@example.com"`,
  )
}

/** The state of an emulator, for its page and its recordings. */
export function emulatorState({
  google: { policy },
  iam,
  journal: { run, drills },
  servers,
}: Pick<EmulatorParts, 'google' | 'iam' | 'journal' | 'servers'>): EmulatorState {
  return {
    run,
    url: servers.api.url,
    services: [...servers.services.values()].map((one) => serviceState(one, iam)),
    edges: [...policy.services.values()].flatMap(({ name: from, calls }) => {
      return [...calls].map(([to, rules]) => ({ from, to, rules: rules.map(ruleState) }))
    }),
    pushes: [...policy.pushes.values()].map(pushState),
    drills: drills.active(),
  }
}

function ruleState({ methods, paths }: Rule): Rule {
  return { ...(methods && { methods }), ...(paths && { paths }) }
}

function pushState({ name, kind, to, path = '/', methods, ...push }: PushSender): PushState {
  const { serviceAccount: account, audience } = push
  return { name, kind, to, path, methods, account, ...(audience !== undefined && { audience }) }
}

function serviceState({ service, frontDoor }: ServiceServers, iam: Iam): ServiceState {
  const { name, serviceAccount: account, url, audiences } = service
  return {
    name,
    account,
    ...(frontDoor && { frontDoor: frontDoor.url }),
    ...(url !== undefined && { url }),
    audiences,
    public: frontDoor?.isPublic() ?? false,
    access: iam.accessOf(name),
    grants: iam.grantsOn(name).map(shownGrant),
  }
}
