import { expect } from 'vitest'
import type { CallHandled, Emulator, EmulatorEvent, Layer } from '../../src/index.ts'
import { profilesUrl } from '../policy.ts'
import { type Answer, getMetadata, type SendOptions, send } from '../send.ts'

const identityPath = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${profilesUrl}`

/** What an emulator tells of what is done. */
export interface Observing {
  /** The events that come while something is done. */
  during(work: () => Promise<unknown>): Promise<readonly EmulatorEvent[]>
  /** The one event of a call. */
  callEvent(options?: CallOptions): Promise<CallHandled>
}

/** To whom a call goes, and with which token. */
type CallOptions = SendOptions & { to?: string; token?: string }

/** Observes the emulator that there is by then. */
export function observing(started: () => Emulator): Observing {
  async function during(work: () => Promise<unknown>): Promise<readonly EmulatorEvent[]> {
    const { events } = started()
    const last = events.kept.at(-1)?.id ?? 0
    await work()
    return events.kept.filter(({ id }) => id > last)
  }

  async function callEvent(options: CallOptions = {}): Promise<CallHandled> {
    const [event, ...more] = await during(() => call(started(), options))
    expect(more).toEqual([])
    if (event?.type !== 'call') throw new Error(JSON.stringify(event))
    return event
  }

  return { during, callEvent }
}

function call(emulator: Emulator, options: CallOptions): Promise<Answer> {
  const { to = 'user-profiles', token, headers = {}, target = '/profiles/7', ...more } = options
  const signed = token === undefined ? {} : { authorization: `Bearer ${token}` }
  return send(emulator.frontDoor(to), { ...more, target, headers: { ...signed, ...headers } })
}

/** What an event says of one stage. */
export function layer<S extends Layer['stage']>(event: CallHandled, stage: S) {
  return event.layers.find((one) => one.stage === stage) as Extract<Layer, { stage: S }> | undefined
}

/** Asks for an ID token as a service does. */
export function identity(emulator: Emulator, service: string): Promise<Answer> {
  return getMetadata(emulator.env(service).GCE_METADATA_HOST, identityPath)
}
