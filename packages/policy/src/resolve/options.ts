import type { ServiceFetchOptions, Target } from '@countersign/caller'
import type { CallerEntry, PushEntry, ReceiverOptions } from '@countersign/receiver'
import type { PolicyVersion } from '@countersign/shared/rules-in-force'
import { pathText } from '../file/document.ts'
import type { Policy, PushSender, Rule, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import { productionUrl, serviceNamed } from './services.ts'

type Rules = Pick<Policy, 'services' | 'pushes'>
type Version = Pick<Policy, 'digest' | 'environment'>

/** The options of a service's receiver: its callers' rules and pushes, its audiences, its open routes. */
export function receiverOptions(
  policy: Rules & Version,
  service: Service,
): Pick<ReceiverOptions, 'allow' | 'audience' | 'unauthenticated' | 'policy'> {
  return {
    allow: [...callerEntries(policy, service.name), ...pushEntries(policy, service)],
    ...audienceOf(service),
    unauthenticated: [...service.unauthenticated],
    policy: versionOf(policy),
  }
}

/** The digest and environment that both sides report in the log and in `health()`. */
function versionOf({ digest, environment }: Version): PolicyVersion {
  return { digest, ...(environment !== undefined && { environment }) }
}

/** Left out if there is none, as for a service without callers and URL: a receiver refuses an empty list. */
function audienceOf({ audiences }: Service): Pick<ReceiverOptions, 'audience'> {
  return audiences.length > 0 ? { audience: [...audiences] } : {}
}

/** Throws if nobody may call the service: a receiver that refuses everybody is a mistake. */
export function assertCalled(policy: Rules, { name }: Service): void {
  const called = [...policy.services.values()].some(({ calls }) => calls.has(name))
  if (called || [...policy.pushes.values()].some(({ to }) => to === name)) return
  throw new PolicyError({
    code: 'no_callers',
    problem: `the policy lets nobody call "${name}"`,
    hint: `remove the receiver (verifyCaller) from "${name}", or add "calls": { "${name}": {} } to each service that may call it`,
    path: pathText(['services', name]),
  })
}

function callerEntries({ services }: Rules, name: string): CallerEntry[] {
  return [...services.values()].flatMap((caller) =>
    (caller.calls.get(name) ?? []).map((rule) => ({ ...accountOf(caller), ...copyOf(rule) })),
  )
}

/** POST is left out: receivers expect it of a push, and refuse `methods` for Pub/Sub and Eventarc. */
function pushEntries({ pushes }: Rules, { name }: Service): PushEntry[] {
  return [...pushes.values()]
    .filter(({ to }) => to === name)
    .map((sender) => ({
      push: sender.kind,
      ...accountOf(sender),
      ...(sender.audience === undefined ? {} : { audience: sender.audience }),
      ...(sender.methods.join() !== 'POST' && { methods: [...sender.methods] }),
      ...(sender.path === undefined ? {} : { paths: [sender.path] }),
    }))
}

function accountOf({ serviceAccount, subject }: Service | PushSender): CallerEntry {
  return { email: serviceAccount, ...(subject === undefined ? {} : { subject }) }
}

/** A copy of a rule, without undefined members. */
function copyOf({ methods, paths }: Rule): Rule {
  return { ...(methods && { methods: [...methods] }), ...(paths && { paths: [...paths] }) }
}

type Places = Pick<Policy, 'services' | 'url' | 'digest' | 'environment'>
type Options = Pick<ServiceFetchOptions, 'targets' | 'policy'>

/**
 * The options of a service's caller. Throws if the service may call nobody: a caller without targets is a
 * mistake.
 */
export function callerOptions(policy: Places, service: Service): Options {
  const options = latestCallerOptions(policy, service)
  if (options.targets.length === 0) refuseNoTargets(service)
  return options
}

/** The options for a service that is already running: it has no targets if it may no longer call anybody. */
export function latestCallerOptions(policy: Places, service: Service): Options {
  const { name } = service
  return { targets: targetsOf(policy, service), policy: { ...versionOf(policy), service: name } }
}

/** One target for each rule. */
function targetsOf(policy: Places, service: Service): Target[] {
  return [...service.calls].flatMap(([name, rules]) => {
    const callee = serviceNamed(policy, name)
    return rules.map((rule) => target(callee, rule, policy.url(name)))
  })
}

/** The `aud` stays the production URL, also if the call goes to the emulator's front door. */
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
