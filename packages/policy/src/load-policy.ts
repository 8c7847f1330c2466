import { readEnvironment } from '@countersign/shared/environment'
import { frontDoorsByService } from '@countersign/shared/front-doors'
import { sha256 } from '@countersign/shared/rules-in-force'
import { checkFile } from './file/check-file.ts'
import { type PolicyDocument, readDocument } from './file/document.ts'
import type { Policy } from './policy.ts'
import type { PolicyFile } from './policy-file.ts'
import { checkServices } from './resolve/check-services.ts'
import { chooseEnvironment, environmentNameOf } from './resolve/environment.ts'
import { assertCalled, callerOptions, receiverOptions } from './resolve/options.ts'
import { productionUrl, resolvePushes, resolveServices, serviceNamed } from './resolve/services.ts'

/** Options of {@link loadPolicy}. */
export interface LoadPolicyOptions {
  /**
   * The name of one of the file's environments. Must be left out if the file has none.
   *
   * @default the variable `COUNTERSIGN_ENVIRONMENT`, else the file's only environment; if it has several,
   *   the policy doesn't load
   */
  environment?: string
}

/**
 * Reads a policy, checks all of it, and derives URLs and service accounts from the services' names, for
 * one environment.
 *
 * With the emulator, calls go to the URLs in `COUNTERSIGN_SERVICE_URLS`, which is read here, once.
 *
 * @example
 * At a service's start
 * ```ts
 * const policy = await loadPolicy('countersign.jsonc', { environment: 'prod' })
 * app.use(verifyCaller(policy.receiver('user-profiles')))
 * const serviceFetch = createServiceFetch(policy.caller('login'))
 * ```
 *
 * @param source the path or `file:` URL of a JSON file with comments, or its content as an object
 * @param options which environment to load
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
 * Lists the names of a policy's environments; the list is empty if the policy has none. Checks the parts
 * of the file that don't depend on an environment.
 *
 * @param source the path or `file:` URL of a policy file, or its content as an object
 * @throws {PolicyError} `policy_unreadable`, `policy_invalid`
 */
export async function policyEnvironments(
  source: string | URL | PolicyFile,
): Promise<readonly string[]> {
  const { environments = {} } = checkFile(await readDocument(source))
  return Object.keys(environments)
}

/**
 * Checks all of a policy, and derives URLs and service accounts from names, for one environment.
 *
 * @param environmentName one of its environments; if undefined, that of `COUNTERSIGN_ENVIRONMENT`, else
 *   the only one
 */
export function policyOf(document: PolicyDocument, environmentName: string | undefined): Policy {
  const env = readEnvironment()
  const frontDoors = frontDoorsByService(env)
  const file = checkFile(document)
  const { name, entry } = chooseEnvironment(file, environmentName ?? environmentNameOf(env))
  const services = resolveServices(file, entry)
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
