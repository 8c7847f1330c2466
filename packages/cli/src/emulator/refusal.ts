import type { CallHandled, EmulatorEvent, RefusalReported } from '@countersign/emulator'
import { escapeControls, redact } from '@countersign/shared/redact'

/** A refused call, as data and in one line. */
export interface Refusal {
  data: RefusalData
  text: string
}

/** The data of a refused call. */
interface RefusalData {
  by: 'front-door' | 'receiver' | 'serviceFetch'
  code: string
  /** The claim or header that did not match. */
  claim?: string
  got?: string
  expected?: readonly string[]
  /** The call on the page of the emulator. */
  page: string
}

/**
 * Describes an event of a call that the front door, a receiver or `serviceFetch` refused; undefined for
 * all other events. A refusal by an application itself is its own answer.
 *
 * @param url the emulator's URL
 */
export function refusalOf(event: EmulatorEvent, url: string): Refusal | undefined {
  if (event.type === 'refusal') return refusalByServiceFetch(event, url)
  if (event.type !== 'call') return undefined
  const { refusedBy, code } = event
  if (code === undefined || refusedBy === undefined || refusedBy === 'application') return undefined
  const data = { by: refusedBy, code, ...mismatchOf(event), page: pageOf(event, url) }
  const { caller, receiver, method, target } = event
  const from = caller?.service ?? caller?.account ?? 'nobody'
  const route = `${from} -> ${receiver} ${method} ${target.split('?', 1).join()}`
  return { data, text: lineOf(route, data) }
}

function refusalByServiceFetch(event: RefusalReported, url: string): Refusal {
  const { service = 'a service', target, method, path, code } = event
  const data = { by: 'serviceFetch', code, page: pageOf(event, url) } as const
  const route = `${service} -> ${target ?? 'no target'} ${method} ${path}`
  return { data, text: lineOf(route, data) }
}

/** The URL at which the page opens a call. */
function pageOf({ id }: EmulatorEvent, url: string): string {
  return `${url}/?call=${id}`
}

const names = { 'front-door': 'front door', receiver: 'receiver', serviceFetch: 'serviceFetch' }

function lineOf(route: string, data: RefusalData): string {
  const details = detailsOf(data)
  const reason = `${names[data.by]}, ${data.code}${details === '' ? '' : ` (${details})`}`
  return escapeControls(`refused: ${redact(route, maxRouteLength)}: ${reason} ${data.page}`)
}

const maxRouteLength = 500
const maxListed = 3

function detailsOf({ code, claim, got, expected }: RefusalData): string {
  if (code === 'app_unreachable') return `nothing answers at ${expected?.join()}`
  const parts = [
    ...(got === undefined ? [] : [`got ${got}`]),
    ...(expected === undefined ? [] : [`expected ${listed(expected)}`]),
  ]
  const about = claim === undefined || claim === 'email' ? '' : `${claim}: `
  return parts.length === 0 ? '' : about + parts.join(', ')
}

function listed(expected: readonly string[]): string {
  if (expected.length === 0) return 'none'
  const more = expected.length - maxListed
  const first = expected.slice(0, maxListed).join(' or ')
  return more > 0 ? `${first} or ${more} more` : first
}

type Mismatch = Pick<RefusalData, 'claim' | 'got' | 'expected'>

/** The values that did not match, from the layer that refused the call. */
function mismatchOf({ layers, refusedBy }: CallHandled): Mismatch {
  const layer = layers.findLast(({ stage }) => {
    return stage === (refusedBy === 'front-door' ? 'front-door' : 'answer')
  })
  if (layer?.stage !== 'front-door' && layer?.stage !== 'answer') return {}
  const { got, expected } = layer
  return {
    ...(layer.stage === 'front-door' && layer.claim !== undefined && { claim: layer.claim }),
    ...(got !== undefined && { got }),
    ...(expected !== undefined && { expected }),
  }
}
