import * as v from 'valibot'
import type {
  EnvironmentEntry,
  PolicyFile,
  PushEntry,
  RuleEntry,
  ServiceEntry,
} from '../policy-file.ts'
import * as text from './forms.ts'
import { exactPath, method, pathPattern, route } from './forms.ts'
import {
  described,
  distinctListOf,
  listOf,
  objectOf,
  oneOf,
  optional,
  recordOf,
  type Schema,
} from './shapes.ts'

const environment: Schema<EnvironmentEntry> = objectOf({
  project: described(text.projectId, "The project's id."),
  projectNumber: optional(
    text.projectNumber,
    "The project's number, a part of its services' URLs.",
  ),
  region: optional(text.region, "The region, a part of its services' URLs."),
  accounts: optional(
    text.accountTemplate,
    "How an account's id follows from its service's name. Left out: {service}.",
  ),
})

const rule: Schema<RuleEntry> = objectOf({
  methods: optional(listOf(method), 'GET implies HEAD. Left out: any.'),
  paths: optional(listOf(pathPattern), 'Patterns for the whole path. Left out: any.'),
})

const rules: Schema<RuleEntry | RuleEntry[]> = v.union(
  [listOf(rule), rule],
  'write a rule or a list of rules; {} allows everything',
)

const trueOrFalse = v.boolean('write true or false')

const sharesAccount = 'Whether other services or pushes have its account, and so its rights.'

const service: Schema<ServiceEntry> = objectOf({
  url: optional(text.origin, 'Left out: https://NAME-PROJECTNUMBER.REGION.run.app.'),
  serviceAccount: optional(text.serviceAccount, 'Left out: ID@PROJECT.iam.gserviceaccount.com.'),
  subject: optional(text.subject, "The account's unique id. Left out: the email alone counts."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  project: optional(text.projectId, "Left out: the environment's."),
  projectNumber: optional(text.projectNumber, "Left out: the environment's."),
  region: optional(text.region, "Left out: the environment's."),
  audiences: optional(listOf(text.audience), 'aud values besides its own URL.'),
  public: optional(trueOrFalse, 'Whether Cloud Run lets anybody through.'),
  unauthenticated: optional(listOf(route), 'Routes that need no caller.'),
  calls: optional(recordOf(text.serviceName, rules), 'Whom it may call: {} is everything there.'),
  headers: optional(
    distinctListOf(
      oneOf([
        'authorization',
        'x-serverless-authorization',
        'x-caller-authorization',
        'proxy-authorization',
      ]),
    ),
    'Which headers its callers put the token in. Left out: what suits its URL.',
  ),
  command: optional(text.someText, 'The command that starts it on a laptop.'),
  port: optional(port(), 'The port it listens on, on a laptop. Left out: any free one.'),
})

const push: Schema<PushEntry> = objectOf({
  kind: oneOf(['pubsub', 'cloud-tasks', 'cloud-scheduler', 'eventarc']),
  serviceAccount: described(text.serviceAccount, 'The account that signs the deliveries.'),
  subject: optional(text.subject, "The account's unique id. Left out: the email alone counts."),
  sharesAccount: optional(trueOrFalse, sharesAccount),
  audience: optional(text.audience, 'The aud it was told to use.'),
  to: described(text.serviceName, 'The service it delivers to.'),
  path: optional(exactPath, 'The path it delivers to. Left out: any.'),
  methods: optional(
    distinctListOf(method),
    'Cloud Tasks and Cloud Scheduler alone: how it delivers. Left out: POST.',
  ),
})

/** What a policy file may hold. Whether its names fit together is checked afterwards. */
export const policyFile: Schema<PolicyFile> = objectOf({
  $schema: optional(text.someText, 'This schema, for editors.'),
  environments: optional(
    recordOf(text.serviceName, environment),
    'The projects that the services run in.',
  ),
  services: described(
    recordOf(text.serviceName, service),
    'Every service that calls or is called.',
  ),
  pushes: optional(
    recordOf(text.serviceName, push),
    'What Google products push to these services.',
  ),
})

function port(): Schema<number> {
  const hint = 'write a port from 1 to 65535'
  return v.pipe(v.number(hint), v.integer(hint), v.minValue(1, hint), v.maxValue(65_535, hint))
}
