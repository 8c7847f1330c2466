import { redact } from '@countersign/shared/redact'
import type { CallerFacts, GrantFact, ServiceFacts } from '../causes/evidence.ts'
import { parseJson } from '../command-line/options.ts'

type Fields = Readonly<Record<string, unknown>>

/** Reads what `gcloud run services describe --format=json` prints (Cloud Run's API v1). */
export function serviceFacts(value: unknown): ServiceFacts {
  const { metadata, status } = objectOf(value)
  const { annotations, labels, name, namespace } = objectOf(metadata)
  const { [`${run}urls`]: urls, [`${run}custom-audiences`]: audiences } = objectOf(annotations)
  const all = [...listIn(urls), text(objectOf(status).url)].filter((one) => one !== undefined)
  const marks = objectOf(annotations)
  return {
    ...optional('name', text(name)),
    ...optional('project', text(namespace)),
    ...optional('region', text(objectOf(labels)['cloud.googleapis.com/location'])),
    urls: [...new Set(all)],
    customAudiences: listIn(audiences),
    ingress: text(marks[`${run}ingress-status`]) ?? text(marks[`${run}ingress`]) ?? 'all',
    invokerCheck: marks[`${run}invoker-iam-disabled`] !== 'true',
    iap: marks[`${run}iap-enabled`] === 'true',
    isDefaultUrlDisabled: marks[`${run}default-url-disabled`] === 'true',
    isTerraform: objectOf(labels)['goog-terraform-provisioned'] === 'true',
  }
}

const run = 'run.googleapis.com/'

/** How a calling service reaches others, and as whom. */
export interface CallerPlace extends CallerFacts {
  /** The options of gcloud that give a job the same network. */
  network: readonly string[]
}

/** Reads the same of a service that calls. */
export function callerPlace(value: unknown): CallerPlace {
  const { spec } = objectOf(value)
  const template = objectOf(objectOf(spec).template)
  const marks = objectOf(objectOf(template.metadata).annotations)
  const account = text(objectOf(template.spec).serviceAccountName)
  const connector = text(marks[`${run}vpc-access-connector`])
  const [face] = listOf(marks[`${run}network-interfaces`])
  const { network, subnetwork } = objectOf(face)
  const isConnected = connector !== undefined || face !== undefined
  const egress = text(marks[`${run}vpc-access-egress`])
  return {
    ...optional('account', account),
    egress: isConnected ? (egress ?? 'private-ranges-only') : 'none',
    network: [
      ...option('vpc-connector', connector),
      ...option('network', text(network)),
      ...option('subnet', text(subnetwork)),
      ...option('vpc-egress', isConnected ? egress : undefined),
    ],
  }
}

/** Only what can stand in a command as it is. */
function option(name: string, value: string | undefined): string[] {
  return value !== undefined && /^[\w./-]{1,200}$/.test(value) ? [`--${name}=${value}`] : []
}

/** Reads an allow policy. `bindings` is missing in one that nobody has written. */
export function grantsIn(policy: unknown, where: Pick<GrantFact, 'on' | 'isHere'>): GrantFact[] {
  return listOf(objectOf(policy).bindings).flatMap((binding) => {
    const { role, members, condition } = objectOf(binding)
    const expression = text(objectOf(condition).expression)
    return listOf(members)
      .slice(0, 2_000)
      .map((member) => ({
        role: redact(String(role), 120),
        member: redact(String(member), 200),
        ...where,
        ...optional('condition', condition ? (expression ?? 'a condition') : undefined),
      }))
  })
}

/** Reads what `gcloud projects get-ancestors-iam-policy` prints. Some versions have the bindings at the top. */
export function inheritedGrants(value: unknown): GrantFact[] {
  return listOf(value).flatMap((one) => {
    const { type, id, policy } = objectOf(one)
    const on = `${redact(String(type), 40)} ${redact(String(id), 100)}`
    return grantsIn(policy ?? one, { on, isHere: true })
  })
}

/** The exclusion of request logs, or the switched-off sink, in what `gcloud logging sinks list` prints. */
export function exclusionIn(sinks: unknown): string | undefined {
  const own = objectOf(listOf(sinks).find((sink) => objectOf(sink).name === '_Default'))
  if (own.disabled === true) return 'the sink _Default is off'
  const found = listOf(own.exclusions).find((one) => {
    const { filter, disabled } = objectOf(one)
    const isOfRun = /cloud_run_revision|run\.googleapis\.com|httpRequest/.test(String(filter))
    return isOfRun && disabled !== true
  })
  return found === undefined ? undefined : redact(String(objectOf(found).name), 100)
}

function listIn(json: unknown): string[] {
  return listOf(json).flatMap((one) => text(one) ?? [])
}

/** A list, or one that is written in a text. */
function listOf(value: unknown): readonly unknown[] {
  const list = typeof value === 'string' ? parseJson(value) : value
  return Array.isArray(list) ? list : []
}

function objectOf(value: unknown): Fields {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Fields) : {}
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? redact(value) : undefined
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: string })
}
