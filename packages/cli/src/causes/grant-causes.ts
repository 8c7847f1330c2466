import {
  accountOf,
  accountOr,
  change,
  grantCommand,
  runServices,
  serviceName,
  takesAWhile,
  troubleshooterCommand,
} from './commands.ts'
import type { Certainty, Evidence, GrantChange, GrantFact, KnownCause, Step } from './evidence.ts'
import { isFrontDoors, refusalOf } from './refusal.ts'

/** Causes in IAM: who has `run.routes.invoke` on the service. */
export const grantCauses: readonly KnownCause[] = [
  {
    code: 'granted_recently',
    signs: '403 or 401 in the first minutes after a grant or a first deploy',
    refusedBy: 'the front door',
    certainty(evidence) {
      const isWeak = weakGrant(evidence) !== undefined && !isGranted(evidence)
      if (!isFrontDoors(evidence, 401, 403) || isWeak) return undefined
      if (recentGrant(evidence)) return 'certain'
      const hasHistory = evidence.grants?.changes !== undefined
      return isGranted(evidence) && isFrontDoors(evidence, 403) && !hasHistory
        ? 'likely'
        : undefined
    },
    sentence(evidence) {
      const grant = recentGrant(evidence)
      if (!grant) return 'The grant is there, but perhaps too new: Google needs some minutes.'
      const by = grant.by === undefined ? '' : ` by ${grant.by}`
      return `The role was granted ${minutesBefore(grant, evidence)} min ago${by}. It does not count everywhere yet.`
    },
    fix: () => [{ words: 'wait and repeat the call: it takes 2 minutes, sometimes 7 or more' }],
  },
  {
    code: 'grant_not_effective',
    signs: '403 although `get-iam-policy` shows the caller: with a condition, as `deleted:`',
    refusedBy: 'the front door',
    certainty(evidence) {
      const weak = weakGrant(evidence)
      if (!lacksGrant(evidence) || !weak) return undefined
      return weak.member.startsWith('deleted:') ? 'certain' : 'likely'
    },
    sentence(evidence) {
      const weak = weakGrant(evidence)
      if (!weak) return 'There is a grant for the caller, but it does not count.'
      const why = weak.member.startsWith('deleted:')
        ? 'it is for the deleted account, and not for the new one of the same email'
        : `it has a condition: ${weak.condition}`
      return `The grant on ${weak.on} does not count: ${why}.`
    },
    fix: (evidence) => [...change(grantCommand(evidence), evidence), takesAWhile],
  },
  {
    code: 'granted_elsewhere',
    signs: '403; the role was granted, but on another service, in another project or region',
    refusedBy: 'the front door',
    certainty(evidence) {
      if (!lacksGrant(evidence) || weakGrant(evidence)) return undefined
      return grantsElsewhere(evidence).length > 0 ? sureness(evidence) : undefined
    },
    sentence(evidence) {
      const places = grantsElsewhere(evidence).map(({ on }) => on)
      const where = places.length === 0 ? 'another service or project' : places.join(' and ')
      return `The caller has the role on ${where}, and not on ${serviceName(evidence)}.`
    },
    fix: (evidence) => [...change(grantCommand(evidence), evidence), takesAWhile],
  },
  {
    code: 'invoker_missing',
    signs:
      '403 "Your client does not have permission to get URL … from this server"; "The request was not authenticated" with a token',
    refusedBy: 'the front door',
    certainty(evidence) {
      if (!lacksGrant(evidence) || weakGrant(evidence)) return undefined
      return grantsElsewhere(evidence).length > 0 ? undefined : sureness(evidence)
    },
    sentence(evidence) {
      const removed = removal(evidence)
      const who = accountOf(evidence)
      const begin = `${who === 'ACCOUNT' ? 'The caller' : who} has no roles/run.invoker on ${serviceName(evidence)}.`
      if (!removed) return begin
      const by = removed.by === undefined ? '' : ` by ${removed.by}`
      return `${begin} It was removed at ${new Date(removed.at).toISOString()}${by}.`
    },
    fix: (evidence) => [...change(grantCommand(evidence), evidence), takesAWhile],
  },
  {
    code: 'denied_elsewhere',
    signs: '403 although the caller has the role for longer than ten minutes',
    refusedBy: 'the front door',
    certainty: (evidence) => {
      const { grants } = evidence
      const isOld = isGranted(evidence) && grants?.changes !== undefined && !recentGrant(evidence)
      return isFrontDoors(evidence, 403) && isOld ? 'likely' : undefined
    },
    sentence: () =>
      'The caller has the role, and is refused nevertheless: a deny policy, or a token that is read as none.',
    fix: (evidence) => [{ words: 'ask Google', command: troubleshooterCommand(evidence) }],
  },
  {
    code: 'service_open',
    signs: 'every call works, also one without a token: `allUsers`, or the invoker check is off',
    refusedBy: 'nobody',
    certainty: openness,
    sentence(evidence) {
      if (evidence.service?.invokerCheck === false) {
        return 'The invoker check is off: anybody gets to the container, whatever the allow policy says.'
      }
      return 'Anybody gets to the container: allUsers has the role, or the invoker check is off.'
    },
    fix(evidence) {
      if (evidence.service?.invokerCheck !== false && everybody(evidence)) {
        const command = runServices(
          'remove-iam-policy-binding',
          evidence,
          '--member=allUsers --role=roles/run.invoker',
        )
        return change(command, evidence)
      }
      return change(runServices('update', evidence, '--invoker-iam-check'), evidence)
    },
  },
]

const recentMs = 10 * 60_000

/** The grant of the last ten minutes that the caller waits for. Google says two, sometimes seven or more. */
function recentGrant(evidence: Evidence): GrantChange | undefined {
  const { at, grants } = evidence
  if (at === undefined) return undefined
  const last = grants?.changes?.find((one) => isAbout(one, evidence))
  if (last?.action !== 'ADD') return undefined
  const age = at - last.at
  return age >= 0 && age <= recentMs ? last : undefined
}

/** The last change, if it took the role away. */
function removal(evidence: Evidence): GrantChange | undefined {
  const last = evidence.grants?.changes?.find((one) => isAbout(one, evidence))
  return last?.action === 'REMOVE' ? last : undefined
}

function minutesBefore({ at }: GrantChange, evidence: Evidence): number {
  return Math.round(((evidence.at ?? at) - at) / 60_000)
}

function isAbout(
  { member, role }: Pick<GrantFact, 'member' | 'role'>,
  evidence: Evidence,
): boolean {
  return isInvokerRole(role) && emailOf(member) === emailOfCaller(evidence)
}

function emailOf(member: string): string | undefined {
  return /^(?:deleted:)?(?:serviceAccount|user):([^?]+)/.exec(member)?.[1]
}

function emailOfCaller({ caller, token, denial }: Evidence): string | undefined {
  return token?.email ?? caller?.account ?? denial?.caller
}

/** The roles that hold `run.routes.invoke`. */
const invokerRoles: ReadonlySet<string> = new Set([
  'roles/run.invoker',
  'roles/run.servicesInvoker',
  'roles/run.admin',
  'roles/owner',
  'roles/editor',
])

function isInvokerRole(role: string): boolean {
  return invokerRoles.has(role)
}

/** Whether the caller has the role on the service or above it, without a condition. */
export function isGranted(evidence: Evidence): boolean {
  const { grants } = evidence
  if (grants?.isInvokerByGoogle) return true
  const all = grants?.known ?? []
  return all.some((grant) => {
    if (!grant.isHere || grant.condition !== undefined || !isInvokerRole(grant.role)) return false
    const isEverybody = grant.member === 'allUsers' || grant.member === 'allAuthenticatedUsers'
    const isCaller = !grant.member.startsWith('deleted:') && isAbout(grant, evidence)
    return isEverybody || isCaller
  })
}

function everybody({ grants }: Evidence): boolean {
  return (grants?.known ?? []).some(({ isHere, member }) => isHere && member === 'allUsers')
}

/** A grant of the caller that is there and does not count, or only at times. */
function weakGrant(evidence: Evidence): GrantFact | undefined {
  return evidence.grants?.known.find((grant) => {
    const isWeak = grant.condition !== undefined || grant.member.startsWith('deleted:')
    return grant.isHere && isWeak && isAbout(grant, evidence)
  })
}

function grantsElsewhere(evidence: Evidence): readonly GrantFact[] {
  const known = evidence.grants?.known ?? []
  return known.filter((grant) => !grant.isHere && isAbout(grant, evidence))
}

/** Inherited grants and groups that were not read can be the missing ones. */
function sureness({ grants }: Evidence): Certainty {
  if (grants?.isInvokerByGoogle === false) return 'certain'
  if (!grants) return 'likely'
  return grants.notRead.length === 0 ? 'certain' : 'likely'
}

/**
 * Whether the caller is refused for want of a grant: the front door refused its token with 403, or, if
 * nothing was called, the allow policies were read and don't name it.
 */
function lacksGrant(evidence: Evidence): boolean {
  const { service, grants } = evidence
  if (isGranted(evidence) || service?.invokerCheck === false || service?.iap) return false
  const refusal = refusalOf(evidence)
  if (refusal) return isFrontDoors(evidence, 403) && refusal.hadToken !== false
  return !wasCalled(evidence) && grants !== undefined && emailOfCaller(evidence) !== undefined
}

function wasCalled({ signed, anonymous, mint }: Evidence): boolean {
  return signed !== undefined || anonymous !== undefined || mint !== undefined
}

function openness(evidence: Evidence): Certainty | undefined {
  const { service, anonymous, list } = evidence
  if (list?.isPublic || service?.iap) return undefined
  // Without a policy file nothing says that it is not meant.
  if (service?.invokerCheck === false || everybody(evidence)) return list ? 'certain' : 'possible'
  if (!anonymous || !list || isRefusedWithoutToken(evidence)) return undefined
  return anonymous.status < 500 ? 'likely' : undefined
}

/** A receiver's own 401 shows that the call came through the front door. */
function isRefusedWithoutToken({ anonymous }: Evidence): boolean {
  if (!anonymous) return true
  const { status, code, isIap } = anonymous
  if (isIap || status === 404) return true
  return code === undefined && (status === 401 || status === 403)
}

/** The next step if IAM is the open question. */
export function nextStep(evidence: Evidence): readonly Step[] {
  const isGuess = lacksGrant(evidence) && evidence.grants?.notRead.length !== 0
  if ((!isFrontDoors(evidence, 403) && !isGuess) || evidence.isEmulated) return []
  if (accountOr(emailOfCaller(evidence), '') === '') return []
  return [{ words: "Google's own answer", command: troubleshooterCommand(evidence) }]
}
