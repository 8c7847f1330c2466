import type { ServiceAccess } from '../events.ts'

/** The access settings of one service, as they are and as they were. */
export interface StoredSettings {
  /** The settings at a time, in milliseconds since the epoch. */
  at(time: number): ServiceAccess
  current(): ServiceAccess
  /** Changes some of them. */
  change(change: Partial<ServiceAccess>): { isChanged: boolean }
}

const initial: ServiceAccess = { invokerCheck: true, ingress: 'all', iap: false }

/** More changes within the longest delay of a drill than anybody makes by hand. */
const maxVersions = 100

/**
 * Creates the settings of a service: the check is on, calls can come from everywhere.
 *
 * @param now milliseconds since the epoch
 */
export function createStoredSettings(now: () => number): StoredSettings {
  let versions: { since: number; access: ServiceAccess }[] = [{ since: 0, access: initial }]
  function current(): ServiceAccess {
    return versions.at(-1)?.access ?? initial
  }
  return {
    at: (time) => versions.findLast(({ since }) => since <= time)?.access ?? initial,
    current,
    change: (change) => {
      const before = current()
      const access = { ...before, ...change }
      if (JSON.stringify(access) === JSON.stringify(before)) return { isChanged: false }
      versions = [...versions, { since: now(), access }].slice(-maxVersions)
      return { isChanged: true }
    },
  }
}

const ingresses: readonly string[] = [
  'all',
  'internal',
  'internal-and-cloud-load-balancing',
] satisfies ServiceAccess['ingress'][]

/** Whether a text is an ingress setting. */
export function isIngress(text: unknown): text is ServiceAccess['ingress'] {
  return ingresses.some((ingress) => ingress === text)
}

/**
 * Reads settings that came over HTTP.
 *
 * @throws {TypeError} if a field is unknown or wrong; it names the field
 */
export function checkAccess(given: Readonly<Record<string, unknown>>): Partial<ServiceAccess> {
  for (const [name, value] of Object.entries(given)) assertField(name, value)
  return given as Partial<ServiceAccess>
}

function assertField(name: string, value: unknown): void {
  if (name === 'ingress') {
    if (isIngress(value)) return
    throw new TypeError(`ingress is unknown: write one of ${ingresses.join(', ')}`)
  }
  if (name !== 'invokerCheck' && name !== 'iap') {
    throw new TypeError('the settings are invokerCheck, ingress and iap: write one of them')
  }
  if (typeof value !== 'boolean') throw new TypeError(`${name} must be true or false`)
}
