import { readDocument } from './file/document.ts'
import { policyOf } from './internal/policy-of.ts'
import type { Policy } from './policy.ts'
import type { PolicyFile } from './policy-file.ts'

/** What {@link loadPolicy} takes besides the policy. */
export interface LoadPolicyOptions {
  /**
   * Which of the file's environments. Left out: `COUNTERSIGN_ENVIRONMENT`. A file with environments
   * needs one, a file without has none.
   */
  environment?: string
}

/**
 * Reads a policy, checks all of it, and fills in what follows from its names for one environment.
 *
 * Under the emulator, `COUNTERSIGN_SERVICE_URLS` says where the services are; it is read here, once.
 *
 * @example
 * At a service's start
 * ```ts
 * const policy = await loadPolicy('countersign.jsonc', { environment: 'prod' })
 * app.use(verifyCaller(policy.receiver('user-profiles')))
 * const serviceFetch = createServiceFetch(policy.caller('login'))
 * ```
 *
 * @param source the path or `file:` URL of a JSON file with comments, or what it holds as an object
 * @param options which environment
 * @throws {@link PolicyError} `policy_unreadable`, `policy_invalid`, `environment_missing`,
 * `environment_unknown`
 * @throws TypeError if `COUNTERSIGN_EMULATOR` is set in production, or does not point to this machine
 */
export async function loadPolicy(
  source: string | URL | PolicyFile,
  options: LoadPolicyOptions = {},
): Promise<Policy> {
  return policyOf(await readDocument(source), options.environment)
}
