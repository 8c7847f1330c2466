import { endToEndHeaders } from '@countersign/shared/exchange/end-to-end'
import { isSecretName, withoutSecrets } from '../../events/redact.ts'
import type { KeptCall } from '../../events/replays.ts'

/** Said anew, or answered already. */
const dropped: readonly string[] = ['content-length', 'expect']

/**
 * The headers of a call that open nothing, to send again.
 *
 * @param call the call
 * @param body its body
 * @returns names and values, alternating
 */
export function openHeaders({ rawHeaders, headers }: KeptCall, body: Buffer): string[] {
  const sent = endToEndHeaders(rawHeaders, dropped)
  const open = sent.flatMap((name, index) => {
    const value = sent[index + 1] ?? ''
    return index % 2 === 0 && isOpen(name, value) ? [name, value] : []
  })
  const hadBody = headers['content-length'] ?? headers['transfer-encoding']
  return hadBody === undefined ? open : [...open, 'Content-Length', String(body.length)]
}

function isOpen(name: string, value: string): boolean {
  return !isSecretName(name) && withoutSecrets(value, value.length) === value
}
