import { isPromise } from '@countersign/shared/promises'
import { textDocument } from './file/document.ts'
import { type LoadPolicyOptions, policyOf } from './load-policy.ts'
import type { Policy, PolicyEvent, WatchedPolicy } from './policy.ts'
import { callerOptions, latestCallerOptions, receiverOptions } from './resolve/options.ts'
import { serviceNamed } from './resolve/services.ts'
import { createWatchedFile, type WatchedFile } from './watch/watched-file.ts'

/** What {@link watchPolicy} takes besides the file. */
export interface WatchPolicyOptions extends LoadPolicyOptions {
  /**
   * Milliseconds after which a call looks at the file again, 100 or more.
   *
   * @default 5000
   */
  everyMs?: number
  /**
   * Told of each edit that counts now, of each that was refused, and of a file that can't be read.
   * What it throws is a process warning, once.
   *
   * @default one JSON line on stdout in Cloud Logging's shape
   */
  onEvent?: (event: PolicyEvent) => void
  /**
   * The clock, in milliseconds since the epoch; for tests.
   *
   * @default Date.now
   */
  now?: () => number
}

/**
 * Loads a policy whose file may be edited while services run: a caller that is taken off it is
 * refused within seconds, with no deploy. For a file that reaches the container by a mounted secret, a
 * bucket or a ConfigMap.
 *
 * The file is looked at when a call comes and the last look is `everyMs` ago; the call waits for that,
 * a second at most. A mount that takes longer is told of, and nothing else is read from it meanwhile.
 * No timer and no file watcher is relied on: Cloud Run freezes the CPU between requests, and mounted
 * files tell nobody that they changed.
 *
 * An edit counts as a whole or not at all. One that is wrong, or lacks a service that runs here, is
 * refused loudly, and the old one stays. One that leaves a running service without callers, also
 * without a URL, or without services to call, counts: nobody is let in, nothing is called.
 *
 * @example
 * At a service's start
 * ```ts
 * const policy = await watchPolicy('/etc/countersign/countersign.jsonc', { environment: 'prod' })
 * app.use(verifyCaller(policy.receiver('user-profiles')))
 * ```
 *
 * @param file the path or `file:` URL of the policy
 * @param options which environment, how often, and whom to tell
 * @throws {PolicyError} as `loadPolicy` does, for what the file says at the start
 * @throws {TypeError} for a wrong option
 */
export async function watchPolicy(
  file: string | URL,
  options: WatchPolicyOptions = {},
): Promise<WatchedPolicy> {
  const { environment } = options
  const running = new Set<string>()
  function load(text: string): Policy {
    const policy = policyOf(textDocument(file, text), environment)
    for (const name of running) serviceNamed(policy, name)
    return policy
  }
  const source = await createWatchedFile({ ...options, file, load })
  return {
    get digest() {
      return source.known().digest
    },
    get environment() {
      return source.known().environment
    },
    get services() {
      return source.known().services
    },
    get pushes() {
      return source.known().pushes
    },
    url: (name) => source.known().url(name),
    receiver(name) {
      const first = source.known().receiver(name)
      running.add(name)
      const latest = createLatest(source, (policy) => {
        return receiverOptions(policy, serviceNamed(policy, name))
      })
      return { ...first, latest }
    },
    caller(name) {
      const first = callerOptions(source.known(), serviceNamed(source.known(), name))
      running.add(name)
      const latest = createLatest(source, (policy) => {
        return latestCallerOptions(policy, serviceNamed(policy, name))
      })
      return { ...first, latest }
    },
  }
}

/**
 * Makes the `latest` of one side's options. It answers with the same object as long as the policy is the
 * same, by which whoever asks knows that there is nothing to compile.
 */
export function createLatest<T>(
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
