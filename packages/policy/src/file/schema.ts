import type { TokenHeader } from '@countersign/caller'
import * as v from 'valibot'
import type { PushSender } from '../policy.ts'
import type {
  EnvironmentEntry,
  PolicyFile,
  PushEntry,
  RuleEntry,
  ServiceEntry,
} from '../policy-file.ts'
import * as forms from './forms.ts'
import {
  described,
  distinctListOf,
  type Fields,
  listOf,
  objectOf,
  oneOf,
  optional,
  recordOf,
  type Schema,
} from './shapes.ts'

const environment: Schema<EnvironmentEntry> = objectOf({
  project: described(forms.projectId, "The project's id."),
  projectNumber: optional(
    forms.projectNumber,
    "The project's number, a part of its services' URLs. Default: each service needs a url.",
  ),
  region: optional(
    forms.region,
    "The region, a part of its services' URLs. Default: each service needs a url.",
  ),
  accounts: optional(
    forms.accountTemplate,
    "The accounts' ids, with {service} for the service's name. Default: {service}.",
  ),
} satisfies Fields<EnvironmentEntry>)

const rule: Schema<RuleEntry> = objectOf({
  methods: optional(listOf(forms.method), 'Methods; GET includes HEAD. Default: all.'),
  paths: optional(listOf(forms.pathPattern), 'Patterns for the whole path. Default: all paths.'),
} satisfies Fields<RuleEntry>)

const rules: Schema<RuleEntry | RuleEntry[]> = v.union(
  [listOf(rule), rule],
  'write a rule or a list of rules; {} allows everything',
)

const trueOrFalse = v.boolean('write true or false')

const sharesAccount =
  'Whether services or pushes with other rights have the same account. Default: false.'

const service: Schema<ServiceEntry> = objectOf({
  url: optional(
    forms.origin,
    'The https origin. Default: https://NAME-PROJECTNUMBER.REGION.run.app.',
  ),
  serviceAccount: optional(
    forms.serviceAccount,
    'The service account. Default: ID@PROJECT.iam.gserviceaccount.com.',
  ),
  subject: optional(forms.subject, "The account's unique id. Default: only the email is checked."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  project: optional(forms.projectId, "The project's id. Default: the environment's."),
  projectNumber: optional(forms.projectNumber, "The project's number. Default: the environment's."),
  region: optional(forms.region, "The region. Default: the environment's."),
  audiences: optional(
    listOf(forms.audience),
    'aud values that the service accepts besides its own URL. Default: none.',
  ),
  public: optional(trueOrFalse, 'Whether Cloud Run lets anybody call the service. Default: false.'),
  unauthenticated: optional(
    listOf(forms.route),
    'Routes that need no token, such as "GET /ready". Default: none.',
  ),
  calls: optional(
    recordOf(forms.serviceName, rules),
    'The services that this one may call: {} allows everything. Default: none.',
  ),
  headers: optional(
    distinctListOf(
      oneOf<TokenHeader>({
        authorization: true,
        'x-serverless-authorization': true,
        'x-caller-authorization': true,
        'proxy-authorization': true,
      }),
    ),
    'The headers in which callers send the token. Default: chosen by the URL.',
  ),
  command: optional(
    forms.someText,
    'The command that starts the service on a laptop. Default: you start it yourself.',
  ),
  port: optional(port(), 'The port on a laptop. Default: any free port.'),
} satisfies Fields<ServiceEntry>)

const push: Schema<PushEntry> = objectOf({
  kind: described(
    oneOf<PushSender['kind']>({
      pubsub: true,
      'cloud-tasks': true,
      'cloud-scheduler': true,
      eventarc: true,
    }),
    'The product that delivers.',
  ),
  serviceAccount: described(forms.serviceAccount, 'The account that signs the deliveries.'),
  subject: optional(forms.subject, "The account's unique id. Default: only the email is checked."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  audience: optional(
    forms.audience,
    'The aud that the product is configured to use. Default: the URL that it delivers to.',
  ),
  to: described(forms.serviceName, 'The service that the product delivers to.'),
  path: optional(forms.exactPath, 'The exact path of the deliveries. Default: any path.'),
  methods: optional(
    distinctListOf(forms.method),
    'The methods of the deliveries, only for Cloud Tasks and Cloud Scheduler. Default: POST.',
  ),
} satisfies Fields<PushEntry>)

/** The shape of a policy file. Whether its names fit together is checked afterwards. */
export const policyFile: Schema<PolicyFile> = objectOf({
  $schema: optional(forms.someText, 'This schema, for editors.'),
  environments: optional(
    recordOf(forms.serviceName, environment),
    'The projects that the services run in. Default: each service needs a url and a serviceAccount.',
  ),
  services: described(
    recordOf(forms.serviceName, service),
    'Every service that calls or is called.',
  ),
  pushes: optional(
    recordOf(forms.serviceName, push),
    'The Google products that push to these services. Default: none.',
  ),
} satisfies Fields<PolicyFile>)

function port(): Schema<number> {
  const hint = 'write a port from 1 to 65535'
  return v.pipe(v.number(hint), v.integer(hint), v.minValue(1, hint), v.maxValue(65_535, hint))
}
