import type { DrillChanged, PushAttempted } from './events.ts'

/** What an emulator is made of; the page's first request. */
export interface EmulatorState {
  /** Another one on each start: the ids of events and drills count from 1 again. */
  readonly run: string
  /** The emulator's base URL. */
  readonly url: string
  readonly services: readonly ServiceState[]
  /** The policy's arrows. */
  readonly edges: readonly { readonly from: string; readonly to: string }[]
  readonly pushes: readonly {
    readonly name: string
    readonly kind: PushAttempted['kind']
    readonly to: string
    readonly path: string
  }[]
  readonly drills: readonly DrillChanged[]
}

/** One service of the policy. */
export interface ServiceState {
  readonly name: string
  readonly account: string
  /** Undefined for one that nobody can call. */
  readonly frontDoor?: string
  /** Its URL in production. */
  readonly url?: string
  readonly audiences: readonly string[]
  readonly public: boolean
}
