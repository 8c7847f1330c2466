import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Policy, Service } from '@countersign/policy'
import type {
  Evidence,
  GrantChange,
  GrantFacts,
  ListFacts,
  LogFacts,
  ReceiverDenial,
  RequestLine,
} from '../causes/evidence.ts'
import { findCauses } from '../causes/find-causes.ts'
import { isGranted, nextStep } from '../causes/grant-causes.ts'
import { usageFailure } from '../command-line/failure.ts'
import { parseJson } from '../command-line/options.ts'
import { readEntry } from '../logs/entry.ts'
import { type Asked, gcloud } from '../logs/gcloud.ts'
import { createJoiner } from '../logs/traces.ts'
import { callerPlace, exclusionIn, grantsIn, inheritedGrants, serviceFacts } from './describe.ts'
import type { Check, Diagnosis } from './report.ts'

/** Two services of a policy. */
export interface Pair {
  caller: string
  receiver: string
  policy: Policy
  /** The policy's file, as it was written on the command line. */
  file: string | undefined
  /** The folder with the answers of gcloud; undefined to run gcloud. */
  from: string | undefined
}

/** Reads how two services are set up, and finds what refuses calls between them. Calls neither of them. */
export async function examinePair(pair: Pair): Promise<Diagnosis & { evidence: Evidence }> {
  const { caller, receiver } = servicesOf(pair)
  const [described, callersOwn, iam, ancestors, log, logs] = await Promise.all([
    read('receiver', describeCommand(receiver), pair),
    read('caller', describeCommand(caller), pair),
    read('iam', ['run', 'services', 'get-iam-policy', ...where(receiver)], pair),
    read('ancestors', ['projects', 'get-ancestors-iam-policy', String(receiver.project)], pair),
    read('log', logCommand(receiver), pair),
    logFacts(receiver, pair),
  ])
  const place = 'value' in callersOwn ? callerPlace(callersOwn.value) : undefined
  const lines = linesOf(log, { caller, receiver })
  const evidence: Evidence = {
    at: Date.now(),
    ...(receiver.url !== undefined && { url: receiver.url }),
    service: {
      ...('value' in described && serviceFacts(described.value)),
      ...{ name: receiver.name, ...projectAndRegion(receiver) },
    },
    caller: {
      name: caller.name,
      account: place?.account ?? caller.serviceAccount,
      expectedAccount: caller.serviceAccount,
      ...(place?.egress !== undefined && { egress: place.egress }),
    },
    ...grantsFrom({ iam, ancestors, receiver, changes: lines.changes }),
    logs,
    ...(logs.exclusion !== undefined && !logs.hasRequestLog && { requestLog: 'absent' as const }),
    ...(lines.refusal && { requestLog: lines.refusal }),
    ...(lines.denial && { denial: lines.denial }),
    list: listFacts(pair, { caller, receiver }),
  }
  const causes = findCauses(evidence)
  return {
    checks: [
      identityCheck(evidence, callersOwn),
      audienceCheck(evidence, described),
      grantCheck(evidence, { iam, ancestors }),
      networkCheck(evidence, { described, callersOwn }),
      listCheck(evidence),
      logCheck(log, lines.count),
    ],
    causes,
    next: nextStep(evidence),
    evidence,
  }
}

/** The two services of a pair. */
export function servicesOf({ caller, receiver, policy }: Pair): {
  caller: Service
  receiver: Service
} {
  return { caller: serviceNamed(caller, policy), receiver: serviceNamed(receiver, policy) }
}

function serviceNamed(name: string, { services }: Policy): Service {
  const service = services.get(name)
  if (service?.project !== undefined && service.region !== undefined) return service
  if (service) {
    throw usageFailure(
      `The policy doesn't name the project and the region of "${name}"`,
      'Write -e ENVIRONMENT, or "project" and "region" in the policy.',
    )
  }
  throw usageFailure(
    `The policy has no service "${name.slice(0, 60)}"`,
    `Write one of: ${[...services.keys()].join(', ')}. Or the URL of a service.`,
  )
}

/** The arguments that name a service to gcloud. */
function where({ name, project, region }: Service): string[] {
  return [name, `--project=${project}`, `--region=${region}`]
}

export function describeCommand(service: Service): string[] {
  return ['run', 'services', 'describe', ...where(service)]
}

function logCommand({ name, project }: Service): string[] {
  const filter = `resource.labels.service_name="${name}" AND (httpRequest.status=(401 OR 403) OR jsonPayload.enforced:* OR protoPayload.methodName:"SetIamPolicy")`
  return ['logging', 'read', filter, `--project=${project}`, '--freshness=1d', '--limit=1000']
}

/** Whether the logs that `why` reads are there, and the line that verifyCaller writes at its start. */
async function logFacts({ name, project }: Service, pair: Pair): Promise<LogFacts> {
  const at = [`--project=${project}`, '--freshness=7d', '--limit=1']
  const filter = `resource.labels.service_name="${name}"`
  const [sinks, requests, rules] = await Promise.all([
    read('sinks', ['logging', 'sinks', 'list', `--project=${project}`], pair),
    read(
      'requests',
      ['logging', 'read', `${filter} AND logName:"run.googleapis.com%2Frequests"`, ...at],
      pair,
    ),
    read(
      'rules',
      ['logging', 'read', `${filter} AND jsonPayload.code="rules_in_force"`, ...at],
      pair,
    ),
  ])
  const exclusion = 'value' in sinks ? exclusionIn(sinks.value) : undefined
  return {
    ...(exclusion !== undefined && { exclusion }),
    ...('value' in requests && { hasRequestLog: isFilled(requests.value) }),
    ...('value' in rules && { hasCountersignLines: isFilled(rules.value) }),
  }
}

function isFilled(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

/** Reads a file with an answer of gcloud, or runs gcloud. */
export async function read(
  name: string,
  command: readonly string[],
  { from }: Pick<Pair, 'from'>,
): Promise<Asked> {
  if (from === undefined) return gcloud(command)
  const file = join(from, `${name}.json`)
  const text = await readFile(file, 'utf8').catch(() => undefined)
  if (text === undefined) return { problem: `there is no ${name}.json` }
  const value = parseJson(text)
  return value === undefined ? { problem: `${name}.json is not JSON` } : { value }
}

function projectAndRegion({ project, region }: Service) {
  return { ...(project !== undefined && { project }), ...(region !== undefined && { region }) }
}

function grantsFrom({
  iam,
  ancestors,
  receiver,
  changes,
}: {
  iam: Asked
  ancestors: Asked
  receiver: Service
  changes: readonly GrantChange[] | undefined
}): { grants?: GrantFacts } {
  if (!('value' in iam)) return {}
  const own = grantsIn(iam.value, { on: `service ${receiver.name}`, isHere: true })
  const inherited = 'value' in ancestors ? inheritedGrants(ancestors.value) : []
  return {
    grants: {
      known: [...own, ...inherited],
      notRead: 'value' in ancestors ? [] : ['inherited grants'],
      ...(changes && { changes }),
    },
  }
}

/** What the receiver's log says about the caller. */
interface LogLines {
  /** Refused calls, of all callers. */
  count: number
  changes?: readonly GrantChange[]
  refusal?: RequestLine
  denial?: ReceiverDenial
}

const recentMs = 10 * 60_000

/** The last refused call of this caller, if it is recent, and the changes of the allow policy. */
function linesOf(
  log: Asked,
  { caller, receiver }: { caller: Service; receiver: Service },
): LogLines {
  if (!('value' in log) || !Array.isArray(log.value)) return { count: 0 }
  const joiner = createJoiner()
  for (const value of log.value) {
    const entry = readEntry(value)
    if (entry) joiner.add(entry)
  }
  const { calls, grants } = joiner.join()
  const own = calls.filter(({ caller: name, denial, request, at }) => {
    const isTheirs = denial?.caller === caller.serviceAccount || name === caller.name
    const isThere = (request ?? denial)?.service === receiver.name
    return isTheirs && isThere && Date.now() - at <= recentMs
  })
  const last = own.toSorted((one, other) => other.at - one.at)[0]
  const { request, denial } = last ?? {}
  return {
    count: calls.length,
    changes: grants.flatMap((entry) => entry.changes),
    ...(request && {
      refusal: { status: request.status, ...(request.text && { text: request.text }) },
    }),
    ...(denial && { denial }),
  }
}

function listFacts(
  { policy, file }: Pair,
  { caller, receiver }: { caller: Service; receiver: Service },
): ListFacts {
  return {
    file: file ?? 'countersign.jsonc',
    ...(policy.environment !== undefined && { environment: policy.environment }),
    isCallerListed: caller.calls.has(receiver.name),
    isPublic: receiver.public,
  }
}

function notChecked(name: string, asked: Asked): Check {
  const problem = 'problem' in asked ? asked.problem : 'not read'
  return { state: 'not-checked', name, text: `not checked (${problem})` }
}

function identityCheck({ caller }: Evidence, asked: Asked): Check {
  if (!('value' in asked)) return notChecked('identity', asked)
  const { account, expectedAccount } = caller ?? {}
  const isRight = account === expectedAccount
  const text = `${account} (services describe)${isRight ? '' : `, but the policy says ${expectedAccount}`}`
  return { state: isRight ? 'ok' : 'wrong', name: 'identity', text }
}

function audienceCheck({ service, url }: Evidence, asked: Asked): Check {
  if (!('value' in asked)) return notChecked('audience', asked)
  const accepted = [...(service?.urls ?? []), ...(service?.customAudiences ?? [])]
  const isRight = url !== undefined && accepted.includes(url)
  const text = isRight ? url : `${url ?? 'none'} is not one of ${accepted.join(', ') || 'none'}`
  return { state: isRight ? 'ok' : 'wrong', name: 'audience', text }
}

function grantCheck(
  evidence: Evidence,
  { iam, ancestors }: Record<'iam' | 'ancestors', Asked>,
): Check {
  const { grants, service, caller } = evidence
  if (service?.invokerCheck === false) {
    return { state: 'wrong', name: 'grant', text: 'the invoker check is off: anybody gets in' }
  }
  if (!grants) return notChecked('grant', iam)
  if (isGranted(evidence)) {
    return { state: 'ok', name: 'grant', text: `roles/run.invoker, or a broader role` }
  }
  const last = grants.changes?.find(({ member }) => member.endsWith(`:${caller?.account}`))
  const when =
    last?.action === 'REMOVE'
      ? ` Removed ${new Date(last.at).toISOString().slice(11, 16)} by ${last.by ?? 'somebody'} (audit log).`
      : ''
  const rest = 'value' in ancestors ? '' : ' Inherited grants were not checked.'
  const text = `no roles/run.invoker on ${service?.name}.${when}${rest}`
  return { state: 'wrong', name: 'grant', text }
}

function networkCheck(
  { service, caller }: Evidence,
  { described, callersOwn }: Record<'described' | 'callersOwn', Asked>,
): Check {
  if (!('value' in described)) return notChecked('network', described)
  const ingress = service?.ingress ?? 'all'
  if (service?.iap)
    return { state: 'wrong', name: 'network', text: 'Identity-Aware Proxy is in front' }
  if (ingress === 'all') return { state: 'ok', name: 'network', text: 'ingress all' }
  if (!('value' in callersOwn)) return notChecked('network', callersOwn)
  const egress = caller?.egress ?? 'none'
  const isInside = egress === 'all-traffic'
  const text = `ingress ${ingress}, the caller's egress to a VPC network: ${egress}`
  return { state: isInside ? 'ok' : 'wrong', name: 'network', text }
}

function listCheck({ list, caller, service }: Evidence): Check {
  const isListed = list?.isCallerListed === true
  const text = isListed
    ? `${caller?.name} is on the list of ${service?.name} (${list?.file})`
    : `${caller?.name} is not on the list of ${service?.name} (${list?.file})`
  return { state: isListed ? 'ok' : 'wrong', name: 'list', text }
}

function logCheck(asked: Asked, count: number): Check {
  if (!('value' in asked)) return notChecked('log', asked)
  return {
    state: 'ok',
    name: 'log',
    text: count === 0 ? 'no refused call in a day' : `${count} refused calls in a day: see why`,
  }
}
