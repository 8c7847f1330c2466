import type { CallerEntry, PushEntry, ReceiverOptions } from '@countersign/receiver'
import type { PolicyVersion } from '@countersign/shared/rules-in-force'
import { pathText } from '../file/document.ts'
import type { Policy, PushSender, Rule, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'

type Rules = Pick<Policy, 'services' | 'pushes'>
type Version = Pick<Policy, 'digest' | 'environment'>

/** What a service's receiver is told: its callers' rules and pushes, its audiences, its open routes. */
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

/** By which log and `health()` of both sides say where their rules come from. */
export function versionOf({ digest, environment }: Version): PolicyVersion {
  return { digest, ...(environment !== undefined && { environment }) }
}

/** Left out where there is none, as for a service that lost its callers and its URL: a receiver takes no empty list. */
function audienceOf({ audiences }: Service): Pick<ReceiverOptions, 'audience'> {
  return audiences.length > 0 ? { audience: [...audiences] } : {}
}

/** Throws where nobody may call: a receiver that lets nobody in is a mistake. */
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

/** POST goes unsaid: it is what receivers expect of a push, and all that some of them may be told. */
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

/** A copy of a rule, without what it leaves out. */
export function copyOf({ methods, paths }: Rule): Rule {
  return { ...(methods && { methods: [...methods] }), ...(paths && { paths: [...paths] }) }
}
