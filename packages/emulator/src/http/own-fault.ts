import { withoutSecrets } from '../events/redact.ts'

const maxLength = 500

/**
 * Reports an error of the emulator itself on stderr: the client gets no details, and a 500 without
 * a trace can't be investigated.
 *
 * @param work the failed task, such as `answer GET /token`
 */
export function reportOwnFault(work: string, error: unknown): void {
  // A client that disconnected during its request.
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
