import type { Emulator } from '@countersign/emulator'
import type { Policy, Service } from '@countersign/policy'
import { calledBy } from './dev-services.ts'

/** The URLs of an emulator's parts, as data and as text. */
interface Description {
  data: {
    url: string
    services: Readonly<Record<string, Whereabouts>>
  }
  text: string
}

/** The URLs of one service. */
interface Whereabouts {
  /** The URL that callers use; left out if nobody can call the service. */
  frontDoor?: string
  /** The URL where the service's app must listen. */
  app: string
}

/**
 * Describes where an emulator's page and its services are.
 *
 * @param apps origins of apps on other machines, by service
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

/** The targets of calls that leave this machine, as data and as text. */
interface Elsewhere {
  data: {
    /** The account of the calls' tokens. */
    serviceAccount: string
    elsewhere: Readonly<Record<string, string>>
  }
  text: string
}

const beyond =
  'These calls leave the emulator, as COUNTERSIGN_EMULATOR_ALLOW_BEYOND=yes in its environment allows.'

/** Describes where the calls of a service that runs here alone go, and with which account. */
export function describeElsewhere(policy: Policy, service: Service): Elsewhere {
  const { name, serviceAccount } = service
  const urls = calledBy(policy, service).map((called) => [called.name, called.url ?? ''] as const)
  const width = Math.max(...urls.map(([called]) => called.length))
  const lines = urls.map(([called, url]) => `  ${called.padEnd(width)}  ${url}`)
  const title = `${name} calls, with genuine tokens of ${serviceAccount}:`
  return {
    data: { serviceAccount, elsewhere: Object.fromEntries(urls) },
    text:
      lines.length === 0 ? `${name} calls no other service.` : [title, ...lines, beyond].join('\n'),
  }
}
