import { isPromise } from '@countersign/shared/promises'
import { textDocument } from './file/document.ts'
import { type LoadPolicyOptions, policyOf } from './load-policy.ts'
import type { Policy, PolicyEvent, WatchedPolicy } from './policy.ts'
import { PolicyError } from './policy-error.ts'
import { callerOptions, latestCallerOptions, receiverOptions } from './resolve/options.ts'
import { serviceNamed } from './resolve/services.ts'
import { createWatchedFile, type WatchedFile } from './watch/watched-file.ts'

/** Options of {@link watchPolicy}. */
export interface WatchPolicyOptions extends LoadPolicyOptions {
  /**
   * Milliseconds after which the next call checks the file again, at least 100.
   *
   * @default 5000
   */
  everyMs?: number
  /**
   * Called for each edit that is in force, for each edit that was refused, and if the file can't be read; as long
   * as that lasts, each hour again. If it throws, a process warning is emitted, once.
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
 * Loads a policy and follows its file while services run: a caller that is removed from the file is
 * refused within seconds, without a deploy. For a file that is mounted into the container from a secret,
 * a bucket or a ConfigMap.
 *
 * A call checks the file if the last check was `everyMs` or more ago. The call waits for the check, for at
 * most a second. If the mount takes longer, that is reported, and no second read starts before the first
 * has ended. There is no timer and no file watcher: Cloud Run freezes the CPU between requests, and
 * mounted files send no change events.
 *
 * An edit takes effect as a whole or not at all. An edit that is invalid, or that lacks a service that
 * runs here, is refused and reported, and the old policy stays in force. An edit that leaves a running
 * service without callers, without a URL, or without services to call takes effect: the service then
 * refuses all callers, or makes no calls.
 *
 * @example
 * At a service's start
 * ```ts
 * const policy = await watchPolicy('/etc/countersign/countersign.jsonc', { environment: 'prod' })
 * app.use(verifyCaller(policy.receiver('user-profiles')))
 * ```
 *
 * @param file the path or `file:` URL of the policy
 * @param options the environment, the interval, and the listener for events
 * @throws {PolicyError} if the file is invalid at the start, with the codes of `loadPolicy`
 * @throws {TypeError} if an option is wrong
 */
export async function watchPolicy(
  file: string | URL,
  options: WatchPolicyOptions = {},
): Promise<WatchedPolicy> {
  const { environment } = options
  const running = new Set<string>()
  let started: Policy | undefined
  function load(text: string): Policy {
    const policy = policyOf(textDocument(file, text), environment)
    started ??= policy
    assertSameEnvironment(policy, started)
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

/** If none was chosen, an edit can leave another one as the only one: its accounts are other services'. */
function assertSameEnvironment({ environment }: Policy, started: Policy): void {
  if (environment === started.environment) return
  throw new PolicyError({
    code: 'environment_unknown',
    problem: `the environment was "${started.environment}" at the start, but now is "${environment}"`,
    hint: 'keep its name, or start the service again',
    path: 'environments',
  })
}

/**
 * Creates the `latest` option of a receiver or a caller. It returns the same object as long as the policy
 * is the same, so that the receiver or caller compiles the rules only after a change.
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
