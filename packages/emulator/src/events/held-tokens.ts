import type { DrillableEndpoint } from '../drills.ts'
import { lifetimeSeconds } from '../google/keys.ts'
import type { AnsweredRequest } from './token-events.ts'

/**
 * Google's libraries, and our caller, request a new token this long before the end of the old one.
 */
const refreshBeforeMs = 225_000

/** The ID tokens that services were given, and can still use. */
export interface HeldTokens {
  /** Notes the token of an answer from a metadata server. */
  note(answered: AnsweredRequest): void
  /**
   * Why a drill is not visible yet, if services can use tokens from before it.
   *
   * @param drill where it applies, and at which service
   */
  hiding(drill: HidingDrill): string | undefined
}

/** The parts of a drill that decide whether cached tokens hide it. */
interface HidingDrill {
  endpoints: readonly DrillableEndpoint[]
  service: string | undefined
}

/** The endpoints of which a service notices nothing as long as it holds a token. */
const issuing: readonly DrillableEndpoint[] = ['identity', 'token', 'generate-id-token']

/**
 * Remembers which service was given a token until when. Whether it still holds the token is
 * unknown: a service that was restarted does not.
 *
 * @param now milliseconds since the epoch; no drill shifts it
 */
export function createHeldTokens(now: () => number): HeldTokens {
  const untilMs = new Map<string, number>()
  return {
    note: ({ endpoint, service, status, from, drill }) => {
      const isNew = from === 'minted' && status === 200 && drill === undefined
      if (endpoint !== 'identity' || service === undefined || !isNew) return
      untilMs.set(service, now() + lifetimeSeconds * 1000 - refreshBeforeMs)
    },
    hiding: ({ endpoints, service }) => {
      if (!endpoints.includes('identity')) return undefined
      if (!endpoints.every((endpoint) => issuing.includes(endpoint))) return undefined
      const held = [...untilMs].filter(([name, until]) => {
        return until > now() && (service === undefined || service === name)
      })
      return held.length === 0 ? undefined : sentenceOn(held)
    },
  }
}

function sentenceOn(held: readonly (readonly [service: string, untilMs: number])[]): string {
  const names = held.map(([name]) => name).join(', ')
  const until = clockTime(Math.max(...held.map(([, untilMs]) => untilMs)))
  if (held.length === 1) {
    return `${names} holds a token until ${until}: the drill takes effect then, or restart ${names} (if countersign dev runs it: restart that, then start the drill again)`
  }
  return `${names} hold tokens until ${until} at the latest: the drill takes effect then, or restart them (if countersign dev runs them: restart that, then start the drill again)`
}

/** Local time, such as `14:32`. */
function clockTime(ms: number): string {
  return new Date(ms).toTimeString().slice(0, 5)
}
