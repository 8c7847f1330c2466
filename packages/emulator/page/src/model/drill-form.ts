import type { DrillableEndpoint, DrillOptions, Fault } from '@countersign/emulator'
import { endpointsFor, isOfServices } from './drill-choices.ts'

/** A drill as it is filled in: of each fault what it takes, whichever is chosen. */
export interface DrillForm {
  readonly kind: Fault['kind']
  /** Empty: wherever the fault can be. */
  readonly endpoint: DrillableEndpoint | ''
  /** Empty: every service. */
  readonly service: string
  /** Undefined: until it is ended. */
  readonly times?: number | undefined
  readonly ms: number
  readonly status: number
  readonly retryAfter?: number | undefined
  readonly seconds: number
}

/** As it is before anything is filled in. */
export const emptyDrill: DrillForm = {
  kind: 'status',
  endpoint: '',
  service: '',
  ms: 2_000,
  status: 503,
  seconds: -600,
}

/**
 * The form with something filled in, without what that rules out.
 *
 * @param form the form
 * @param change what was filled in
 */
export function withChange(form: DrillForm, change: Partial<DrillForm>): DrillForm {
  const next = { ...form, ...change }
  const places = endpointsFor(next.kind)
  const endpoint = next.endpoint && places.includes(next.endpoint) ? next.endpoint : ''
  if (places.length === 0) return { ...next, endpoint, service: '', times: undefined }
  return { ...next, endpoint, service: isOfServices(endpoint) ? next.service : '' }
}

/**
 * What to ask the emulator for. It checks the rest, and says what is wrong.
 *
 * @param form as it is filled in
 */
export function drillOptions(form: DrillForm): DrillOptions {
  const { endpoint, service, times } = form
  return {
    fault: faultOf(form),
    ...(endpoint && { endpoint }),
    ...(service && { service }),
    ...(times !== undefined && { times }),
  }
}

function faultOf({ kind, ms, status, retryAfter, seconds }: DrillForm): Fault {
  switch (kind) {
    case 'delay':
      return { kind, ms }
    case 'clock-shift':
      return { kind, seconds }
    case 'status':
      return retryAfter === undefined
        ? { kind, status }
        : { kind, status, retryAfterSeconds: retryAfter }
    default:
      return { kind }
  }
}
