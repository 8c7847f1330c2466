import { pathText } from '../file/document.ts'
import { didYouMean, quotedList } from '../file/shapes.ts'
import type { Policy, PushSender, Rule, Service } from '../policy.ts'
import { PolicyError } from '../policy-error.ts'
import type {
  EnvironmentEntry,
  PolicyFile,
  PushEntry,
  RuleEntry,
  ServiceEntry,
} from '../policy-file.ts'

/** A service whose account could perhaps not be derived; `checkServices` finds that out. */
export type DraftService = Omit<Service, 'serviceAccount'> & { serviceAccount: string | undefined }

/** Derives URLs and service accounts from the services' names and the environment. */
export function resolveServices(
  file: PolicyFile,
  environment: Partial<EnvironmentEntry>,
): ReadonlyMap<string, DraftService> {
  return new Map(
    Object.entries(file.services).map(([name, entry]) => {
      const location = locationOf(entry, environment)
      const accountId = (environment.accounts ?? '{service}').replace('{service}', name)
      return [name, resolveService(name, entry, { accountId, location })]
    }),
  )
}

type Location = { [key in 'project' | 'projectNumber' | 'region']: string | undefined }

/** The environment's project number is only used for the environment's own project. */
function locationOf(entry: ServiceEntry, environment: Partial<EnvironmentEntry>): Location {
  const project = entry.project ?? environment.project
  const inherited = project === environment.project ? environment.projectNumber : undefined
  return {
    project,
    projectNumber: entry.projectNumber ?? inherited,
    region: entry.region ?? environment.region,
  }
}

interface Derived {
  accountId: string
  location: Location
}

function resolveService(
  name: string,
  entry: ServiceEntry,
  { accountId, location }: Derived,
): DraftService {
  const url = entry.url ?? deterministicUrl(name, location)
  const service = {
    name,
    url,
    serviceAccount: entry.serviceAccount ?? derivedAccount(accountId, location.project),
    subject: entry.subject,
    sharesAccount: entry.sharesAccount ?? false,
    ...location,
    audiences: [...new Set([...(url === undefined ? [] : [url]), ...(entry.audiences ?? [])])],
    public: entry.public ?? false,
    unauthenticated: entry.unauthenticated ?? [],
    calls: new Map(Object.entries(entry.calls ?? {}).map(([to, rules]) => [to, ruleList(rules)])),
    headers: entry.headers,
    command: entry.command,
    port: entry.port,
  }
  return service satisfies Record<keyof ServiceEntry, unknown>
}

/**
 * Cloud Run's deterministic URL. `NAME-PROJECTNUMBER` is one DNS label, which has at most 63 characters.
 *
 * @see https://cloud.google.com/run/docs/triggering/https-request
 */
function deterministicUrl(name: string, location: Location): string | undefined {
  const { projectNumber, region } = location
  const label = `${name}-${projectNumber}`
  if (projectNumber === undefined || region === undefined || label.length > 63) return undefined
  return `https://${label}.${region}.run.app`
}

/** The id of a domain's project is turned round: `example.com:acme` gives `acme.example.com`. */
function derivedAccount(id: string, project: string | undefined): string | undefined {
  if (project === undefined) return undefined
  return `${id}@${project.split(':').reverse().join('.')}.iam.gserviceaccount.com`
}

function ruleList(rules: RuleEntry | RuleEntry[]): readonly Rule[] {
  return Array.isArray(rules) ? rules : [rules]
}

/** The push senders of a file; members that it leaves out are undefined. */
export function resolvePushes({ pushes = {} }: PolicyFile): ReadonlyMap<string, PushSender> {
  return new Map(
    Object.entries(pushes).map(([name, entry]) => {
      const { kind, serviceAccount, subject, audience, to, path } = entry
      const { sharesAccount = false, methods = ['POST'] } = entry
      const account = { serviceAccount, subject, sharesAccount }
      const sender = { name, kind, ...account, audience, to, path, methods }
      return [name, sender satisfies Record<keyof PushEntry, unknown>]
    }),
  )
}

type Services = Pick<Policy, 'services'>

/** The service of that name. Throws an error that lists the known names if there is none. */
export function serviceNamed({ services }: Services, name: string): Service {
  const service = services.get(name)
  if (service !== undefined) return service
  const known = [...services.keys()]
  throw new PolicyError({
    code: 'service_unknown',
    problem: `the policy has no service "${name}"`,
    hint: `write one of ${quotedList(known)}${didYouMean(name, known)}, or add it to "services"`,
    path: 'services',
  })
}

/** A service's URL, which is also the `aud` of tokens for it. */
export function productionUrl({ name, url }: Service): string {
  if (url !== undefined) return url
  throw new PolicyError({
    code: 'no_url',
    problem: `the service "${name}" has no url, and none can be derived from its name`,
    hint: 'write "url", or "projectNumber" and "region" in the service or its environment',
    path: pathText(['services', name]),
  })
}
