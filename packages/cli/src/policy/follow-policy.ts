import { unwatchFile, watchFile } from 'node:fs'
import { loadPolicy, type Policy } from '@countersign/policy'

interface FollowOptions {
  /** The environment that was chosen at the start. */
  environment: string | undefined
  /** Called with each newer policy. */
  onPolicy: (policy: Policy) => void
  /** Called if the edited file is not a valid policy. */
  onError: (error: unknown) => void
}

const everyMs = 500

/**
 * Follows the edits of a policy file until disposed. The file is polled: editors replace files, and
 * network and container mounts report no changes.
 *
 * @param file the path of the policy file
 * @param digest the digest of the policy that is in force
 */
export function followPolicyFile(
  file: string,
  digest: string,
  { environment, onPolicy, onError }: FollowOptions,
): Disposable {
  let known = digest
  let reading: Promise<void> = Promise.resolve()
  async function readAgain(): Promise<void> {
    try {
      const policy = await loadPolicy(file, environment === undefined ? {} : { environment })
      if (policy.digest === known) return
      known = policy.digest
      onPolicy(policy)
    } catch (error) {
      // The same text as before the mistake is news, too: it ends the mistake.
      known = ''
      onError(error)
    }
  }
  function onChange(): void {
    reading = reading.then(readAgain)
  }
  watchFile(file, { interval: everyMs, persistent: false }, onChange)
  return { [Symbol.dispose]: () => unwatchFile(file, onChange) }
}
