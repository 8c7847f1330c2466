import type { HeaderList } from '@countersign/emulator'

/** What `countersign call` is to do. */
export interface CommandParts {
  readonly receiver: string
  readonly target: string
  readonly method: string
  /** The service that calls; undefined: nobody. */
  readonly as: string | undefined
  readonly headers: HeaderList
  /** The emulator's base URL. */
  readonly emulator: string
}

/**
 * The command that makes a call from a shell.
 *
 * @param parts what it is to do
 */
export function countersignCall(parts: CommandParts): string {
  const { receiver, target, method, as, headers, emulator } = parts
  const words = [
    ...['countersign', 'call', receiver, target],
    ...(method === 'GET' ? [] : ['-X', method]),
    ...(as === undefined ? ['--anonymous'] : ['--as', as]),
    ...headers.flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...['--emulator', emulator],
  ]
  return words.map(quoted).join(' ')
}

/** For a POSIX shell: nothing within single quotes means anything but the quote itself. */
function quoted(word: string): string {
  return /^[\w./:@=?,+-]+$/.test(word) && !word.includes('?')
    ? word
    : `'${word.replaceAll("'", `'\\''`)}'`
}
