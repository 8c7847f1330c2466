import { readEnvironment } from '@countersign/shared/environment'
import { sha256 } from '@countersign/shared/rules-in-force'
import { checkFile } from '../file/check-file.ts'
import type { PolicyDocument } from '../file/document.ts'
import type { Policy } from '../policy.ts'
import { checkServices } from '../resolve/check-services.ts'
import { chooseEnvironment, environmentNameOf, frontDoorsOf } from '../resolve/environment.ts'
import { assertCalled, callerOptions, receiverOptions } from '../resolve/options.ts'
import { productionUrl, resolvePushes, resolveServices, serviceNamed } from '../resolve/services.ts'

/**
 * Checks all of a policy, and fills in what follows from its names for one environment.
 *
 * @param document what was read
 * @param environmentName which of its environments; left out: `COUNTERSIGN_ENVIRONMENT`
 */
export function policyOf(document: PolicyDocument, environmentName: string | undefined): Policy {
  const env = readEnvironment()
  const frontDoors = frontDoorsOf(env)
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
