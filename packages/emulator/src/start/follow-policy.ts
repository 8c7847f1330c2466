import type { Policy, PushSender, Rule, Service } from '@countersign/policy'
import { accountsOf } from '../google/accounts.ts'
import type { Google } from '../google/google.ts'
import type { Servers } from './servers.ts'

/**
 * Makes a newer policy count in a running emulator: who can call what, which services are public,
 * audiences and pushes. Servers, accounts of services and ports stay as they were started.
 *
 * @returns what counts only after a restart, such as `services.search is new`
 */
export function followPolicy(policy: Policy, google: Google, servers: Servers): readonly string[] {
  const before = google.policy
  const services = new Map<string, Service>()
  for (const [name, old] of before.services) {
    services.set(name, withRights(old, policy.services.get(name), before))
  }
  google.policy = { ...policy, services, pushes: runningPushes(policy, before) }
  google.accounts = accountsOf(google.policy)
  for (const [name, server] of servers.services) {
    server.service = services.get(name) ?? server.service
    server.frontDoor?.follow(server.service)
  }
  return restarts(before, policy)
}

/** A service that was removed calls nobody any more; it runs on. */
function withRights(old: Service, now: Service | undefined, { services }: Policy): Service {
  if (!now) return { ...old, calls: new Map(), unauthenticated: [] }
  const { sharesAccount, audiences, unauthenticated, headers } = now
  return {
    ...old,
    sharesAccount,
    audiences: old.url === undefined ? old.audiences : audiences,
    public: now.public,
    unauthenticated,
    headers,
    calls: new Map(
      [...now.calls].filter(([to]): boolean => services.has(to)),
    ) satisfies ReadonlyMap<string, readonly Rule[]>,
  }
}

function runningPushes({ pushes }: Policy, { services }: Policy): ReadonlyMap<string, PushSender> {
  return new Map([...pushes].filter(([, { to }]) => services.has(to)))
}

/** What a service is started with. */
const ofTheStart = [
  'url',
  'serviceAccount',
  'subject',
  'project',
  'projectNumber',
  'region',
  'command',
  'port',
] as const satisfies readonly (keyof Service)[]

function restarts(before: Policy, now: Policy): string[] {
  const added = [...now.services.keys()].filter((name) => !before.services.has(name))
  const kept = [...before.services.values()].flatMap((old) => {
    const service = now.services.get(old.name)
    if (!service) return [`services.${old.name} is gone`]
    return ofTheStart
      .filter((field) => service[field] !== old[field])
      .map((field) => `services.${old.name}.${field}`)
  })
  return [...added.map((name) => `services.${name} is new`), ...kept]
}
