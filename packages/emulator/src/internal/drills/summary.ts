import type { DrillOptions, Fault } from '../../drills.ts'

/**
 * A drill in words, such as `identity of login: 429, 3 times`.
 *
 * @param options what it was asked for
 */
export function summaryOf({ fault, endpoint, service, times }: DrillOptions): string {
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
      return `${fault.ms} ms later`
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
    default:
      return fault.kind
  }
}
