import { isHostAllowed } from './hosts.ts'
import { text } from './replies.ts'
import type { Call, Reply } from './serve.ts'

/**
 * A guard that refuses foreign `Host` headers (DNS rebinding).
 *
 * @param more names to allow beside this machine's and Google's
 */
export function hostGuard(more: ReadonlySet<string>): (call: Call) => Reply | undefined {
  return ({ headers }) =>
    isHostAllowed(headers.host, more)
      ? undefined
      : text(403, 'The emulator does not answer to this Host. See its option allowedHosts.\n')
}
