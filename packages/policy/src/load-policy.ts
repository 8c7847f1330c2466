import { readEnvironment } from '@countersign/shared/environment'
import { sha256 } from '@countersign/shared/rules-in-force'
import { checkFile } from './file/check-file.ts'
import { type PolicyDocument, readDocument } from './file/document.ts'
import type { Policy } from './policy.ts'
import type { PolicyFile } from './policy-file.ts'
import { checkServices } from './resolve/check-services.ts'
import { chooseEnvironment, environmentNameOf, readFrontDoors } from './resolve/environment.ts'
import { assertCalled, callerOptions, receiverOptions } from './resolve/options.ts'
import { productionUrl, resolvePushes, resolveServices, serviceNamed } from './resolve/services.ts'

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
 * @throws {PolicyError} `policy_unreadable`, `policy_invalid`, `environment_missing`,
 * `environment_unknown`
 * @throws {TypeError} if `COUNTERSIGN_EMULATOR` is set in production, or does not point to this machine
 */
export async function loadPolicy(
  source: string | URL | PolicyFile,
  options: LoadPolicyOptions = {},
): Promise<Policy> {
  return policyOf(await readDocument(source), options.environment)
}

/**
 * The names of a policy's environments; none where it has none. Checks what the file says, whatever
 * the environment.
 *
 * @param source the path or `file:` URL of a policy file, or what it holds as an object
 * @throws {PolicyError} `policy_unreadable`, `policy_invalid`
 */
export async function policyEnvironments(
  source: string | URL | PolicyFile,
): Promise<readonly string[]> {
  const { environments = {} } = checkFile(await readDocument(source))
  return Object.keys(environments)
}

/**
 * Checks all of a policy, and fills in what follows from its names for one environment.
 *
 * @param environmentName which of its environments; left out: `COUNTERSIGN_ENVIRONMENT`
 */
export function policyOf(document: PolicyDocument, environmentName: string | undefined): Policy {
  const env = readEnvironment()
  const frontDoors = readFrontDoors(env)
  const file = checkFile(document)
  const name = environmentName ?? environmentNameOf(env)
  const services = resolveServices(file, chooseEnvironment(file, name))
  const pushes = resolvePushes(file)
  checkServices(document, services, pushes)
  const digest = sha256(document.text())
  return createPolicy({ digest, environment: name, services, pushes, frontDoors })
}

interface PolicyParts extends Pick<Policy, 'digest' | 'environment' | 'services' | 'pushes'> {
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
