import {
  type Finding,
  type Path,
  type PolicyDocument,
  pathText,
  refuseFindings,
} from '../file/document.ts'
import { accountIdHint, canExist } from '../file/forms.ts'
import type { PushSender, Service } from '../policy.ts'
import { type AccountHolder, haveSameRights, sharedAccounts } from '../shared-accounts.ts'
import type { DraftService } from './services.ts'

type Services<S> = ReadonlyMap<string, S>

/** Checks what depends on the environment: accounts, URLs, audiences, and that sharing is declared. */
export function checkServices(
  document: PolicyDocument,
  services: Services<DraftService>,
  pushes: ReadonlyMap<string, PushSender>,
): asserts services is Services<Service> {
  const drafts = [...services.values()]
  refuseFindings(document, [
    ...drafts.flatMap(withoutAccount),
    ...unreachable(services, pushes),
    ...sharedAudiences(drafts),
    ...sharedPorts(drafts),
    ...undeclaredSharing(services, pushes),
  ])
}

/** Checks only derived accounts: a `serviceAccount` in the file was checked with the file. */
function withoutAccount({ name, serviceAccount }: DraftService): Finding[] {
  const path = ['services', name]
  if (serviceAccount === undefined) {
    const problem = 'has no serviceAccount, and no project from which one could be derived'
    return [{ path, problem, hint: 'write "serviceAccount" or "project"' }]
  }
  if (canExist(serviceAccount)) return []
  const problem = `would run as ${serviceAccount}, which can't exist, since ${accountIdHint}`
  const isShort = serviceAccount.indexOf('@') < 6
  // "a-run" would be too short, too.
  const template = name.length === 1 ? '{service}-service' : '{service}-run'
  const other = isShort ? `, or "accounts": "${template}" in the environment` : ''
  return [{ path, problem, hint: `write "serviceAccount" here${other}` }]
}

function unreachable(
  services: Services<DraftService>,
  pushes: ReadonlyMap<string, PushSender>,
): Finding[] {
  const called = [...services.values()].flatMap(({ calls }) => [...calls.keys()])
  const reached = new Set([...called, ...[...pushes.values()].map(({ to }) => to)])
  return [...reached]
    .filter((name) => services.get(name)?.url === undefined)
    .map((name) => ({
      path: ['services', name],
      problem: 'is called, but has no url, and none can be derived from its name',
      hint: 'write "url", or "projectNumber" and "region" here or in the environment',
    }))
}

/** If two services accept the same `aud`, a token for one is valid for the other. */
function sharedAudiences(services: readonly DraftService[]): Finding[] {
  const owners = new Map<string, string>()
  return services.flatMap(({ name, audiences }) => {
    const shared = audiences.filter((audience) => owners.has(audience))
    const found = shared.map((audience) => ({
      path: ['services', name],
      problem: `has the audience "${audience}", which "${owners.get(audience)}" has too`,
      hint: 'write a "url" and "audiences" that no other service has',
    }))
    for (const audience of audiences) owners.set(audience, owners.get(audience) ?? name)
    return found
  })
}

/** Two services can't listen on one port of a laptop. */
function sharedPorts(services: readonly DraftService[]): Finding[] {
  const owners = new Map<number, string>()
  return services.flatMap(({ name, port }) => {
    if (port === undefined) return []
    const owner = owners.get(port)
    if (owner === undefined) owners.set(port, name)
    if (owner === undefined) return []
    const problem = `is ${port}, which ${pathText(['services', owner])} has too`
    return [{ path: ['services', name, 'port'], problem, hint: 'write another, or leave it out' }]
  })
}

/**
 * A receiver knows a caller only by its account. So each entry with an account gets the rights of all entries
 * with it, and if one of them pins a subject, another still lets callers through without it.
 */
function undeclaredSharing(
  services: Services<DraftService>,
  pushes: ReadonlyMap<string, PushSender>,
): Finding[] {
  const known = new Map([...services].filter(hasAccount))
  return sharedAccounts({ services: known, pushes }).flatMap(({ serviceAccount, holders }) =>
    holders
      .filter(({ sharesAccount }) => !sharesAccount)
      .map((holder) => ({ holder, others: holders.filter((one) => !haveSameRights(one, holder)) }))
      .filter(({ others }) => others.length > 0)
      .map(({ holder, others }) => ({
        path: pathOf(holder),
        problem: `has the account ${serviceAccount}, as do ${others.map(nameOf).join(' and ')}, with other rights or another subject, so receivers can't distinguish them`,
        hint: 'write a "serviceAccount" that no other entry has; or write "sharesAccount": true in each of them, which gives each the rights of all',
      })),
  )
}

function hasAccount(entry: [string, DraftService]): entry is [string, Service] {
  return entry[1].serviceAccount !== undefined
}

function pathOf({ kind, name }: AccountHolder): Path {
  return [kind === 'push' ? 'pushes' : 'services', name]
}

function nameOf(holder: AccountHolder): string {
  return pathText(pathOf(holder))
}
