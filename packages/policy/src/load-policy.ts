import { callerOptions } from './internal/caller-options.ts'
import { checkFile } from './internal/check-file.ts'
import { checkServices } from './internal/check-services.ts'
import { chooseEnvironment } from './internal/choose-environment.ts'
import { readDocument } from './internal/document.ts'
import { environment, environmentNameOf, frontDoorsOf } from './internal/environment.ts'
import { productionUrl, serviceNamed } from './internal/named-service.ts'
import { resolvePushes } from './internal/pushes.ts'
import { assertCalled, receiverOptions } from './internal/receiver-options.ts'
import { resolveServices } from './internal/services.ts'
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
 * @throws TypeError where `COUNTERSIGN_EMULATOR` is set and can't be meant
 */
export async function loadPolicy(
  source: string | URL | PolicyFile,
  options: LoadPolicyOptions = {},
): Promise<Policy> {
  const env = environment()
  const frontDoors = frontDoorsOf(env)
  const document = await readDocument(source)
  const file = checkFile(document)
  const name = options.environment ?? environmentNameOf(env)
  const services = resolveServices(file, chooseEnvironment(file, name))
  const pushes = resolvePushes(file)
  checkServices(document, services, pushes)
  return createPolicy({ environment: name, services, pushes, frontDoors })
}

interface PolicyParts extends Pick<Policy, 'environment' | 'services' | 'pushes'> {
  frontDoors: ReadonlyMap<string, string>
}

function createPolicy({ frontDoors, ...parts }: PolicyParts): Policy {
  const policy: Policy = {
    ...parts,
    receiver: (name) => {
      const service = serviceNamed(policy, name)
      assertCalled(policy, service)
      return receiverOptions(policy, service)
    },
    caller: (name) => callerOptions(policy, serviceNamed(policy, name)),
    url: (name) => frontDoors.get(name) ?? productionUrl(serviceNamed(policy, name)),
  }
  return policy
}
