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
    "The project's number, a part of its services' URLs.",
  ),
  region: optional(forms.region, "The region, a part of its services' URLs."),
  accounts: optional(
    forms.accountTemplate,
    "How an account's id follows from its service's name. Left out: {service}.",
  ),
} satisfies Fields<EnvironmentEntry>)

const rule: Schema<RuleEntry> = objectOf({
  methods: optional(listOf(forms.method), 'GET implies HEAD. Left out: any.'),
  paths: optional(listOf(forms.pathPattern), 'Patterns for the whole path. Left out: any.'),
} satisfies Fields<RuleEntry>)

const rules: Schema<RuleEntry | RuleEntry[]> = v.union(
  [listOf(rule), rule],
  'write a rule or a list of rules; {} allows everything',
)

const trueOrFalse = v.boolean('write true or false')

const sharesAccount = 'Whether other services or pushes have its account, and so its rights.'

const service: Schema<ServiceEntry> = objectOf({
  url: optional(forms.origin, 'Left out: https://NAME-PROJECTNUMBER.REGION.run.app.'),
  serviceAccount: optional(forms.serviceAccount, 'Left out: ID@PROJECT.iam.gserviceaccount.com.'),
  subject: optional(forms.subject, "The account's unique id. Left out: the email alone counts."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  project: optional(forms.projectId, "Left out: the environment's."),
  projectNumber: optional(forms.projectNumber, "Left out: the environment's."),
  region: optional(forms.region, "Left out: the environment's."),
  audiences: optional(listOf(forms.audience), 'aud values besides its own URL.'),
  public: optional(trueOrFalse, 'Whether Cloud Run lets anybody through.'),
  unauthenticated: optional(listOf(forms.route), 'Routes that need no caller.'),
  calls: optional(recordOf(forms.serviceName, rules), 'Whom it may call: {} is everything there.'),
  headers: optional(
    distinctListOf(
      oneOf<TokenHeader>({
        authorization: true,
        'x-serverless-authorization': true,
        'x-caller-authorization': true,
        'proxy-authorization': true,
      }),
    ),
    'Which headers its callers put the token in. Left out: what suits its URL.',
  ),
  command: optional(forms.someText, 'The command that starts it on a laptop.'),
  port: optional(port(), 'The port it listens on, on a laptop. Left out: any free one.'),
} satisfies Fields<ServiceEntry>)

const push: Schema<PushEntry> = objectOf({
  kind: oneOf<PushSender['kind']>({
    pubsub: true,
    'cloud-tasks': true,
    'cloud-scheduler': true,
    eventarc: true,
  }),
  serviceAccount: described(forms.serviceAccount, 'The account that signs the deliveries.'),
  subject: optional(forms.subject, "The account's unique id. Left out: the email alone counts."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  audience: optional(forms.audience, 'The aud it was told to use.'),
  to: described(forms.serviceName, 'The service it delivers to.'),
  path: optional(forms.exactPath, 'The path it delivers to. Left out: any.'),
  methods: optional(
    distinctListOf(forms.method),
    'Cloud Tasks and Cloud Scheduler alone: how it delivers. Left out: POST.',
  ),
} satisfies Fields<PushEntry>)

/** What a policy file may hold. Whether its names fit together is checked afterwards. */
export const policyFile: Schema<PolicyFile> = objectOf({
  $schema: optional(forms.someText, 'This schema, for editors.'),
  environments: optional(
    recordOf(forms.serviceName, environment),
    'The projects that the services run in.',
  ),
  services: described(
    recordOf(forms.serviceName, service),
    'Every service that calls or is called.',
  ),
  pushes: optional(
    recordOf(forms.serviceName, push),
    'What Google products push to these services.',
  ),
} satisfies Fields<PolicyFile>)

function port(): Schema<number> {
  const hint = 'write a port from 1 to 65535'
  return v.pipe(v.number(hint), v.integer(hint), v.minValue(1, hint), v.maxValue(65_535, hint))
}
