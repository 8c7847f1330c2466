import { withoutSecrets } from '../events/redact.ts'

const maxLength = 500

/**
 * Reports on stderr what the emulator itself did wrong: whoever called is told nothing, and a 500
 * without a trace can't be looked into.
 *
 * @param work what it was at, such as `answer GET /token`
 */
export function reportOwnFault(work: string, error: unknown): void {
  // A client that left in the middle of its request.
  if ((error as { code?: unknown } | undefined)?.code === 'ECONNRESET') return
  const { message = String(error), stack = '' } = (error ?? {}) as Partial<Error>
  process.emitWarning(
    withoutSecrets(
      `the emulator failed to ${work} because of a fault of its own: ${message}`,
      maxLength,
    ),
    {
      type: 'CountersignWarning',
      code: 'COUNTERSIGN_EMULATOR_FAULT',
      detail: stack
        .split('\n')
        .map((line) => withoutSecrets(line, maxLength))
        .join('\n'),
    },
  )
}
