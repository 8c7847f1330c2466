import type { ServiceFetchOptions, Target } from '@countersign/caller'
import type { Policy, Rule, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import { pathText } from './finding.ts'
import { productionUrl, serviceNamed } from './named-service.ts'
import { copyOf } from './receiver-options.ts'

type Places = Pick<Policy, 'services' | 'url'>

/** What a service's caller is told. Throws where it may call nobody: a caller without targets is a mistake. */
export function callerOptions(
  policy: Places,
  service: Service,
): Pick<ServiceFetchOptions, 'targets'> {
  const targets = targetsOf(policy, service)
  if (targets.length === 0) refuseNoTargets(service)
  return { targets }
}

/** One target for each rule; none where it may call nobody. */
export function targetsOf(policy: Places, service: Service): Target[] {
  return [...service.calls].flatMap(([name, rules]) => {
    const callee = serviceNamed(policy, name)
    return rules.map((rule) => target(callee, rule, policy.url(name)))
  })
}

/** `aud` stays the production URL, also where the emulator's front door is called. */
function target(callee: Service, rule: Rule, url: string): Target {
  return {
    name: callee.name,
    url,
    audience: productionUrl(callee),
    ...(callee.headers && { headers: [...callee.headers] }),
    ...copyOf(rule),
  }
}

function refuseNoTargets({ name }: Service): never {
  throw new PolicyError({
    code: 'no_targets',
    problem: `the policy lets "${name}" call nobody`,
    hint: `remove the caller (createServiceFetch, signCalls) from "${name}", or add "calls": { "SERVICE": {} } to it`,
    path: pathText(['services', name]),
  })
}
