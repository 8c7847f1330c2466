import type { CallHandled, HeaderList } from '@countersign/emulator'

/** Headers that the client, the token or the front door brings along. */
const ownHeaders = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'authorization',
  'connection',
  'content-length',
  'host',
  'sec-fetch-mode',
  'traceparent',
  'transfer-encoding',
  'user-agent',
  'x-caller-authorization',
  'x-cloud-trace-context',
  'x-serverless-authorization',
])

/**
 * The command that makes the same call from a shell. Without its body, which no event holds.
 *
 * @param call the call
 * @param emulator the emulator's base URL
 */
export function countersignCall(call: CallHandled, emulator: string): string {
  const { caller, receiver, method, target, layers } = call
  const who = caller?.service ?? caller?.account
  const sent = layers.find((layer) => layer.stage === 'sent')?.headers ?? []
  const words = [
    ...['countersign', 'call', receiver, target],
    ...(method === 'GET' ? [] : ['-X', method]),
    ...(who === undefined ? ['--anonymous'] : ['--as', who]),
    ...headerOptions(sent),
    ...['--emulator', emulator],
  ]
  return words.map(quoted).join(' ')
}

function headerOptions(headers: HeaderList): string[] {
  return headers
    .filter(([name]) => !ownHeaders.has(name))
    .flatMap(([name, value]) => ['-H', `${name}: ${value}`])
}

/** For a POSIX shell: nothing within single quotes means anything but the quote itself. */
function quoted(word: string): string {
  return /^[\w./:@=?,+-]+$/.test(word) && !word.includes('?')
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`
}
