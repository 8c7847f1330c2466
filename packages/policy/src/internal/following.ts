import { isPromise } from '@countersign/shared/promises'
import type { Policy } from '../policy.ts'
import type { WatchedFile } from './watched-file.ts'

/**
 * Makes the `latest` of one side's options. It answers with the same object as long as the policy is the
 * same, by which whoever asks knows that there is nothing to compile.
 */
export function following<T>(
  source: WatchedFile<Policy>,
  of: (policy: Policy) => T,
): () => T | Promise<T> {
  let policy: Policy | undefined
  let options: T

  function take(newest: Policy): T {
    if (newest !== policy) options = of(newest)
    policy = newest
    return options
  }

  return () => {
    const newest = source.get()
    return isPromise(newest) ? Promise.resolve(newest).then(take) : take(newest)
  }
}
