import type { ServiceFetchOptions, Target } from '@countersign/caller'
import { pathText } from '../file/document.ts'
import type { Policy, Rule, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import { productionUrl, serviceNamed } from './named-service.ts'
import { copyOf, versionOf } from './receiver-options.ts'

type Places = Pick<Policy, 'services' | 'url' | 'digest' | 'environment'>
type Options = Pick<ServiceFetchOptions, 'targets' | 'policy'>

/** What a service's caller is told. Throws where it may call nobody: a caller without targets is a mistake. */
export function callerOptions(policy: Places, service: Service): Options {
  const options = latestCallerOptions(policy, service)
  if (options.targets.length === 0) refuseNoTargets(service)
  return options
}

/** The same for a service that runs already: one that may call nobody any more has no targets. */
export function latestCallerOptions(policy: Places, service: Service): Options {
  return { targets: targetsOf(policy, service), policy: versionOf(policy) }
}

/** One target for each rule. */
function targetsOf(policy: Places, service: Service): Target[] {
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
