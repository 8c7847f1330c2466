import type {
  AccessChanged,
  Grant,
  GrantChanged,
  GrantSource,
  MissingGrant,
  ServiceAccess,
  ServiceState,
} from '@countersign/emulator'

/** A change of who can call a service, in words. */
export interface Change {
  /** The id of its event. */
  id: number
  at: number
  text: string
}

/** What changed for a service, newest first. A change above it counts for all services below. */
export function changesFor(
  service: string,
  grants: readonly GrantChanged[],
  accesses: readonly AccessChanged[],
): readonly Change[] {
  const changes = [
    ...grants
      .filter(({ grant: { on } }) => on.type !== 'service' || on.id === service)
      .map(({ id, at, ...change }) => ({ id, at, text: grantChangeText(change) })),
    ...accesses
      .filter((change) => change.service === service)
      .map(({ id, at, access }) => ({ id, at, text: `Settings: ${settingsText(access)}` })),
  ]
  return changes.toSorted((one, other) => other.id - one.id)
}

/** The newest change of the grant that a refused caller lacked. */
export function changeOfMissing(
  { role, member, service }: MissingGrant,
  grants: readonly GrantChanged[],
): GrantChanged | undefined {
  return grants.findLast(({ grant }) => {
    const isOnService = grant.on.type === 'service' && grant.on.id === service
    return isOnService && grant.role === role && grant.member === member
  })
}

/** A change of a grant, such as `gcloud revoked roles/run.invoker of login-run@… on project acme`. */
export function grantChangeText({
  change,
  changedBy,
  grant,
}: Pick<GrantChanged, 'change' | 'changedBy' | 'grant'>): string {
  const { role, member, on } = grant
  const where = on.type === 'service' ? '' : ` on ${on.type} ${on.id}`
  const preposition = change === 'granted' ? 'to' : 'from'
  return `${sourceNames[changedBy]} ${change} ${role} ${preposition} ${memberName(member)}${where}`
}

/** A member without the type that most have, `serviceAccount:`. */
export function memberName(member: string): string {
  return member.replace(/^serviceAccount:/, '')
}

/** The service that a member is the account of. */
export function serviceOf(
  member: string,
  services: readonly ServiceState[],
): ServiceState | undefined {
  return services.find(({ account }) => member === `serviceAccount:${account}`)
}

const sourceNames: Record<GrantSource, string> = {
  'policy-file': 'The policy file',
  gcloud: 'gcloud',
  'set-public': 'setPublic',
}

/** Where a grant comes from, such as `from gcloud, on project acme`. */
export function originText({ from, on }: Grant): string {
  const source = from === 'policy-file' ? 'the policy file' : sourceNames[from]
  return on.type === 'service' ? `from ${source}` : `from ${source}, on ${on.type} ${on.id}`
}

/** Why a grant lets nobody in; undefined if it does. */
export function uncountedText({ invokes, why }: Grant): string | undefined {
  if (invokes === 'yes') return undefined
  const reason = why === undefined ? '' : `: ${why}`
  return invokes === 'no' ? `Does not count${reason}` : `Not evaluated, so does not count${reason}`
}

/** The settings that decide beside the grants, if one of them is not what services start with. */
export function unusualSettings(access: ServiceAccess | undefined): readonly string[] {
  if (!access) return []
  return [
    ...(access.invokerCheck ? [] : ['the invoker check is off: everybody gets in']),
    ...(access.ingress === 'all' ? [] : [`ingress is ${access.ingress}: no call from outside`]),
    ...(access.iap ? ['Identity-Aware Proxy answers: nobody gets in'] : []),
  ]
}

function settingsText(access: ServiceAccess): string {
  return unusualSettings(access).join('; ') || 'invoker check on, ingress all, no IAP'
}
