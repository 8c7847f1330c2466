import type { Emulator } from '@countersign/emulator'
import type { Policy, Service } from '@countersign/policy'
import { calledBy } from './dev-services.ts'

/** Where an emulator's parts are, as data and as text. */
interface Description {
  data: {
    url: string
    services: Readonly<Record<string, Whereabouts>>
  }
  text: string
}

/** Where one service is. */
interface Whereabouts {
  /** Where its callers go; left out for one that nobody can call. */
  frontDoor?: string
  /** Where its app is to listen. */
  app: string
}

/**
 * Says where an emulator's page and its services are.
 *
 * @param apps where apps are that are on other machines, by service
 */
export function describeEmulator(
  emulator: Emulator,
  policy: Policy,
  apps: Readonly<Record<string, string>> = {},
): Description {
  const services: Record<string, Whereabouts> = {}
  for (const { name, url } of policy.services.values()) {
    const app = apps[name] ?? `http://127.0.0.1:${emulator.env(name).PORT}`
    services[name] = { ...(url !== undefined && { frontDoor: emulator.frontDoor(name) }), app }
  }
  const text = [
    `The emulator and its page are at ${emulator.url}. Front doors, and the apps behind them:`,
  ]
  return {
    data: { url: emulator.url, services },
    text: [...text, ...lines(services)].join('\n'),
  }
}

function lines(services: Readonly<Record<string, Whereabouts>>): string[] {
  const width = Math.max(...Object.keys(services).map((name) => name.length))
  return Object.entries(services).flatMap(([name, { frontDoor, app }]) => {
    return frontDoor === undefined ? [] : [`  ${name.padEnd(width)}  ${frontDoor} -> ${app}`]
  })
}

/** Where calls go that leave this machine, as data and as text. */
interface Elsewhere {
  data: {
    /** Whose tokens they carry. */
    serviceAccount: string
    elsewhere: Readonly<Record<string, string>>
  }
  text: string
}

/** Says where the calls of a service go that runs here alone, and as whom. */
export function describeElsewhere(policy: Policy, service: Service): Elsewhere {
  const { name, serviceAccount } = service
  const urls = calledBy(policy, service).map((called) => [called.name, called.url ?? ''] as const)
  const width = Math.max(...urls.map(([called]) => called.length))
  const lines = urls.map(([called, url]) => `  ${called.padEnd(width)}  ${url}`)
  const title = `${name} calls, with genuine tokens of ${serviceAccount}:`
  return {
    data: { serviceAccount, elsewhere: Object.fromEntries(urls) },
    text: lines.length === 0 ? `${name} calls nobody else.` : [title, ...lines].join('\n'),
  }
}
