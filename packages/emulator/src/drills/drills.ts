import { createAbort } from '@countersign/shared/realm/signals'
import type { Drill, DrillOptions, Fault } from '../drills.ts'
import type { HeldTokens } from '../events/held-tokens.ts'
import type { KeyRing } from '../google/keys.ts'
import type { Place } from '../http/route.ts'
import { type CheckedDrill, checkDrill } from './check-drill.ts'

/** The drill that applies to a request. */
export interface Met {
  drill: number
  fault: Fault
  /** Aborted when the drill is stopped. */
  stopped: AbortSignal
}

/** An active drill. */
interface ActiveDrill {
  id: number
  summary: string
  /** Why its effect is not visible yet. */
  note?: string
}

/** The drills of an emulator. */
export interface Drills {
  /** Starts a drill. */
  start(options: DrillOptions): Promise<Drill>
  /** Stops a drill; false if there is none with this id. */
  stop(id: number): boolean
  stopAll(): void
  /** The active drills, oldest first. */
  active(): readonly ActiveDrill[]
  /** The drill that applies to a request, if any: the newest. Counts the request. */
  meet(place: Place): Met | undefined
}

/** Options of {@link createDrills}. */
export interface DrillsOptions {
  /** The policy's services. */
  services: ReadonlyMap<string, unknown>
  keys: KeyRing
  /** The tokens that can hide a drill. */
  tokens: Pick<HeldTokens, 'hiding'>
  /** Called when a drill begins and when it ends. */
  onChange: (drill: ActiveDrill, isActive: boolean) => void
}

interface Running extends CheckedDrill, ActiveDrill {
  left: number
  stopping: AbortController
  restore: () => void
}

/** Starts without drills. */
export function createDrills(options: DrillsOptions): Drills {
  const running = new Map<number, Running>()
  let lastId = 0

  /** Runs only once: a drill that has ended by itself can be stopped later too. */
  function end(drill: Running): void {
    if (!running.delete(drill.id)) return
    drill.restore()
    options.onChange(drill, false)
  }
  function stop(drill: Running): void {
    end(drill)
    drill.stopping.abort()
  }
  return {
    start: async (asked) => {
      const begun = await begin(asked, options)
      lastId += 1
      const drill = { ...begun, id: lastId }
      running.set(drill.id, drill)
      options.onChange(drill, true)
      const { id, note } = drill
      return {
        id,
        ...(note !== undefined && { note }),
        stop: () => stop(drill),
        [Symbol.dispose]: () => stop(drill),
      }
    },
    stop: (id) => {
      const drill = running.get(id)
      if (drill) stop(drill)
      return drill !== undefined
    },
    stopAll: () => [...running.values()].forEach(stop),
    active: () => [...running.values()],
    meet: (place) => {
      const drill = [...running.values()].reverse().find((one) => isAt(one, place))
      if (!drill) return undefined
      drill.left -= 1
      // A hanging request waits until the drill is stopped, so the drill must stay in the list.
      if (drill.left === 0 && drill.fault.kind !== 'hang') end(drill)
      return { drill: drill.id, fault: drill.fault, stopped: drill.stopping.signal }
    },
  }
}

async function begin(
  asked: DrillOptions,
  { services, keys, tokens }: DrillsOptions,
): Promise<Omit<Running, 'id'>> {
  const checked = checkDrill(asked, services)
  const note = tokens.hiding(checked)
  const restore = await changeKeys(checked.fault, keys)
  const stopping = createAbort()
  return {
    ...checked,
    summary: summaryOf(asked),
    ...(note !== undefined && { note }),
    left: checked.times,
    stopping,
    restore,
  }
}

function isAt({ endpoints, service, left }: Running, place: Place): boolean {
  if (left <= 0 || (service !== undefined && service !== place.service)) return false
  return endpoints.some((endpoint) => endpoint === place.endpoint)
}

async function changeKeys({ kind }: Fault, keys: KeyRing): Promise<() => void> {
  if (kind === 'rotate-keys') return keys.rotate()
  if (kind === 'drop-key') return keys.drop()
  return () => undefined
}

/** A drill in words, such as `identity of login: 429, 3 times`. */
function summaryOf({ fault, endpoint, service, times }: DrillOptions): string {
  const place = endpoint ?? 'every endpoint'
  const where = service === undefined ? place : `${place} of ${service}`
  if (fault.kind === 'rotate-keys') return 'a new key, announced a minute ahead'
  if (fault.kind === 'drop-key') return 'a new key at once, the old ones gone'
  const often = times === undefined ? '' : `, ${times === 1 ? 'once' : `${times} times`}`
  return `${where}: ${faultInWords(fault)}${often}`
}

function faultInWords(fault: Fault): string {
  switch (fault.kind) {
    case 'delay':
      return `delayed by ${fault.ms} ms`
    case 'hang':
      return 'no answer'
    case 'status':
      return fault.retryAfterSeconds === undefined
        ? String(fault.status)
        : `${fault.status}, Retry-After ${fault.retryAfterSeconds} s`
    case 'html':
      return 'a page of HTML'
    case 'wrong-audience':
      return 'tokens for another audience'
    case 'expired-token':
      return 'expired tokens'
    case 'clock-shift':
      return `the clock ${Math.abs(fault.seconds)} s ${fault.seconds < 0 ? 'behind' : 'ahead'}`
    case 'iam-delay':
      return `changes of allow policies count ${fault.seconds} s later`
    default:
      return fault.kind
  }
}
