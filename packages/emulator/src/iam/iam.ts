import { invokerGrants, type Policy } from '@countersign/policy'
import type { Grant, GrantSource, ServiceAccess } from '../events.ts'
import type { Google } from '../google/google.ts'
import { type Entry, entryKey } from './allow-policy.ts'
import { effectOf } from './effects.ts'
import { isMember, type Principal } from './members.ts'
import {
  lineage,
  type Resource,
  type Resources,
  resourcesOf,
  type ServiceResource,
} from './resources.ts'
import { canInvoke, type Permission } from './roles.ts'
import { createStoredSettings, type StoredSettings } from './settings.ts'
import { createStoredPolicy, type SourcedEntry, type StoredPolicy } from './stored-policy.ts'

/** Google's IAM: who has which role on what, and the settings of services that decide with it. */
export interface Iam {
  resources: Resources
  /** The allow policy of a resource, as it is. */
  policyOf(resource: Resource): Pick<StoredPolicy, 'entries' | 'etag'>
  /** Writes an allow policy, as `setIamPolicy` does. */
  setPolicy(resource: Resource, entries: readonly Entry[]): void
  /**
   * Replaces the grants of the policy file by those of another version of it, and no other ones.
   * Services that are new in it have no resource, and get none.
   */
  replaceFileGrants(policy: Policy): void
  /** Grants `allUsers` the role `run.invoker` on a service, or takes it away. */
  setPublic(service: string, isPublic: boolean): void
  /** Changes settings of a service. */
  setAccess(service: string, change: Partial<ServiceAccess>): void
  /**
   * The settings of a service.
   *
   * @param delayMs as they were so many milliseconds ago
   */
  accessOf(service: string, delayMs?: number): ServiceAccess
  /**
   * The grants of roles that can let somebody call a service: its own first, then inherited ones.
   *
   * @param delayMs as they were so many milliseconds ago
   */
  grantsOn(service: string, delayMs?: number): readonly Grant[]
  /** Whether a principal has a permission on a resource. */
  isAllowed(principal: Principal, permission: Permission, resource: Resource): boolean
}

/** Options of {@link createIam}. */
export interface IamOptions {
  /**
   * The policy and its accounts, which can change. `now` is the time of conditions, and `wallClock`
   * that of changes.
   */
  google: Pick<Google, 'policy' | 'accounts' | 'now' | 'wallClock'>
  /** Called for each grant that is made or revoked after the start. */
  noteGrant: (change: 'granted' | 'revoked', grant: Grant, changedBy: GrantSource) => void
  /** Called when the settings of a service have changed. */
  noteAccess: (service: string, access: ServiceAccess) => void
}

/** Starts with the grants of the policy file. */
export function createIam(options: IamOptions): Iam {
  const { google, noteGrant, noteAccess } = options
  const { policy, now, wallClock } = google
  const resources = resourcesOf(policy)
  const policies = createOnDemand((name) => {
    return createStoredPolicy(wallClock, fileEntries(policy, name, resources))
  })
  const settings = createOnDemand(() => createStoredSettings(wallClock))

  function policyOf({ name }: Resource): StoredPolicy {
    return policies(name)
  }
  function note(
    resource: Resource,
    changes: ReturnType<StoredPolicy['write']>,
    changedBy: GrantSource,
  ): void {
    for (const { change, entry } of changes) {
      noteGrant(change, grantOf(entry, { on: resource, resource, time: now() }), changedBy)
    }
  }
  function grantsOn(service: string, delayMs = 0): readonly Grant[] {
    const resource = serviceOf(service, resources)
    return lineage(resource).flatMap((on) => {
      const stored = policyOf(on)
      // A clock that was set back must not bring back what was revoked.
      const entries = delayMs === 0 ? stored.entries() : stored.at(wallClock() - delayMs)
      const able = entries.filter(({ role }) => canInvoke(role))
      return able.map((entry) => grantOf(entry, { on, resource, time: now() }))
    })
  }

  return {
    resources,
    policyOf,
    setPolicy: (resource, entries) => {
      note(resource, policyOf(resource).write(entries, 'gcloud'), 'gcloud')
    },
    replaceFileGrants: (next) => {
      for (const resource of resources.services.values()) {
        const entries = fileEntries(next, resource.name, resources)
        note(resource, policyOf(resource).replaceFile(entries), 'policy-file')
      }
    },
    setPublic: (service, isPublic) => {
      const resource = serviceOf(service, resources)
      const stored = policyOf(resource)
      const others = stored.entries().filter((entry) => entryKey(entry) !== entryKey(open))
      const entries = isPublic ? [...others, open] : others
      note(resource, stored.write(entries, 'set-public'), 'set-public')
    },
    setAccess: (service, change) => {
      const stored = settings(serviceOf(service, resources).name)
      if (stored.change(change).isChanged) noteAccess(service, stored.current())
    },
    accessOf: (service, delayMs = 0) => {
      const stored = settings(serviceOf(service, resources).name)
      return delayMs === 0 ? stored.current() : stored.at(wallClock() - delayMs)
    },
    grantsOn,
    isAllowed: (principal, permission, resource) => {
      const question = { permission, resource, time: now() }
      return lineage(resource).some((on) =>
        policyOf(on)
          .entries()
          .some((entry) => {
            const { gives } = effectOf(entry, question)
            return gives === 'yes' && isMember(entry.member, principal, google.accounts)
          }),
      )
    },
  }
}

const open: Entry = { role: 'roles/run.invoker', member: 'allUsers' }

/** The entries that a policy file makes on the resource of this name: callers, pushes, `public`. */
function fileEntries(
  policy: Policy,
  resourceName: string,
  { services }: Resources,
): readonly Entry[] {
  const own = invokerGrants(policy).filter(({ service }) => {
    return services.get(service)?.name === resourceName
  })
  return own.map(({ member }) => ({ role: 'roles/run.invoker', member }))
}

function createOnDemand<T extends StoredPolicy | StoredSettings>(create: (name: string) => T) {
  const made = new Map<string, T>()
  return (name: string): T => {
    const one = made.get(name) ?? create(name)
    made.set(name, one)
    return one
  }
}

function serviceOf(name: string, { services }: Resources): ServiceResource {
  const resource = services.get(name)
  if (resource) return resource
  const known = [...services.keys()].join(', ')
  throw new TypeError(`The policy has no service "${name}": write one of ${known}`)
}

/**
 * An entry as the page shows it.
 *
 * @param place `on` has the entry; `resource` is what is used, which can inherit it
 */
function grantOf(
  { role, member, condition, from }: SourcedEntry,
  { on: { type, id }, resource, time }: { on: Resource; resource: Resource; time: number },
): Grant {
  const entry = { role, member, ...(condition && { condition }) }
  const question = { permission: 'run.routes.invoke', resource, time } as const
  const { gives, why } = effectOf(entry, question)
  return { ...entry, on: { type, id }, from, invokes: gives, ...(why !== undefined && { why }) }
}
