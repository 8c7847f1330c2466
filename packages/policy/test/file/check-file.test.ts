import { expect, test } from 'vitest'
import { loadPolicy } from '../../src/index.ts'
import { linesOf, oneService, refusal } from '../_helpers.ts'

const objectHint = 'write an object: { "name": … }'
const accountHint =
  'write a service account\'s email in lower case, such as "login-run@acme.iam.gserviceaccount.com"'
const listHint = 'write a list with at least one element, or leave it out'
const plainHint =
  'write a path without "//", ";", "%23", "%2f", "%3f", "%5c", "%00", dot segments and broken escapes, which no rule covers'
const subjectHint =
  'write the unique id in quotes, which this prints: gcloud iam service-accounts describe EMAIL --format="value(uniqueId)"'

test.each([
  { file: {}, line: 'services is missing: write "services"' },
  { file: [], line: ` is []: ${objectHint}` },
  { file: { services: [] }, line: `services is []: ${objectHint}` },
  { file: { services: { a: [] } }, line: `services.a is []: ${objectHint}` },
  { file: { services: { a: 'b' } }, line: `services.a is "b": ${objectHint}` },
])('a policy of another shape is refused: $line', async ({ file, line }) => {
  expect(await linesOf(file)).toEqual([line])
})

test.each([
  'A@acme.iam.gserviceaccount.com',
  'person@gmail.com',
  'a@b@acme.iam.gserviceaccount.com',
  'a@gserviceaccount.com',
  'a@evilgserviceaccount.com',
  'account-a@acme.iam.gserviceaccount.com.evil.example',
  'а@acme.iam.gserviceaccount.com',
  '@acme.iam.gserviceaccount.com',
])('%s is no service account', async (serviceAccount) => {
  expect(await linesOf(oneService({ serviceAccount }))).toEqual([
    `services.a.serviceAccount is "${serviceAccount}": ${accountHint}`,
  ])
})

const idHint =
  'write the email of an account that can exist (an account\'s id has 6 to 30 characters), such as "login-run@acme.iam.gserviceaccount.com"; or leave out a service\'s serviceAccount, and write "accounts": "{service}-run" in its environment'

test.each([
  'a@acme.iam.gserviceaccount.com',
  'login@acme.iam.gserviceaccount.com',
  'login@acme.example.com.iam.gserviceaccount.com',
  `${'a'.repeat(31)}@acme.iam.gserviceaccount.com`,
])('%s cannot exist, neither as a service’s account nor as a push’s', async (serviceAccount) => {
  const push = { kind: 'pubsub', serviceAccount, to: 'a' }
  const file = { ...oneService({ serviceAccount }), pushes: { push } }
  expect(await linesOf(file)).toEqual([
    `services.a.serviceAccount is "${serviceAccount}": ${idHint}`,
    `pushes.push.serviceAccount is "${serviceAccount}": ${idHint}`,
  ])
})

test.each([
  'log-in@acme.iam.gserviceaccount.com',
  `${'a'.repeat(30)}@acme.iam.gserviceaccount.com`,
  'acme@appspot.gserviceaccount.com',
  '1-compute@developer.gserviceaccount.com',
  `${'1'.repeat(40)}@cloudbuild.gserviceaccount.com`,
  '1@cloudservices.gserviceaccount.com',
])('%s can exist', async (serviceAccount) => {
  const { services } = await loadPolicy({ services: { a: { serviceAccount } } })
  expect(services.get('a')?.serviceAccount).toBe(serviceAccount)
})

const templateHint =
  'write an account\'s id with {service} for the service\'s name, such as "{service}-run"'

test.each([
  '',
  'login',
  '{name}-run',
  '{service}_run',
  '{service}-',
  '-{service}',
  '{service}{service}',
])('accounts of an environment says how an id follows, which "%s" does not', async (accounts) => {
  const environments = { prod: { project: 'acme', accounts } }
  expect(await linesOf({ ...oneService({}), environments })).toEqual([
    `environments.prod.accounts is "${accounts}": ${templateHint}`,
  ])
})

test.each([
  { url: 'http://a.example', origin: 'https://a.example' },
  { url: 'https://a.example/', origin: 'https://a.example' },
  { url: 'https://a.example/path', origin: 'https://a.example' },
  { url: 'https://a.example?q', origin: 'https://a.example' },
  { url: 'https://a.example.', origin: 'https://a.example' },
  { url: 'https://user@a.example', origin: 'https://a.example' },
  { url: 'https://A.example', origin: 'https://a.example' },
  { url: 'https://a.example:443', origin: 'https://a.example' },
  { url: 'a.example', origin: 'https://search-123.us-central1.run.app' },
  { url: 'https://', origin: 'https://search-123.us-central1.run.app' },
  ...['$(id)', '`id`', 'a;id', 'a&id', "a'id'", 'a|id', 'a{b,c}'].map((host) => {
    return { url: `https://${host}.example`, origin: 'https://search-123.us-central1.run.app' }
  }),
])('the url $url is refused, and what to write is told', async ({ url, origin }) => {
  expect(await linesOf(oneService({ url }))).toEqual([
    `services.a.url is "${url.replace('user@', '[redacted]@')}": write "${origin}", an https origin without a path or a slash at the end`,
  ])
})

test.each([
  { field: { subject: 1075 }, line: `services.a.subject is 1075: ${subjectHint}` },
  { field: { subject: 'me' }, line: `services.a.subject is "me": ${subjectHint}` },
  { field: { audiences: [] }, line: `services.a.audiences is []: ${listHint}` },
  { field: { audiences: 'x' }, line: `services.a.audiences is "x": ${listHint}` },
  {
    field: { audiences: ['a,b'] },
    line: 'services.a.audiences[0] is "a,b": write an aud without spaces, commas and invisible characters, such as "https://user-profiles.acme.example"',
  },
  {
    field: { audiences: ['https://*.run.app'] },
    line: 'services.a.audiences[0] is "https://*.run.app": write an aud without quotation marks, brackets, wildcards and variables',
  },
  {
    field: { sharesAccount: 'yes' },
    line: 'services.a.sharesAccount is "yes": write true or false',
  },
  {
    field: { audiences: ['https://a\u001b[2J'] },
    line: 'services.a.audiences[0] is "https://a\\u001b[2J": write an aud without spaces, commas and invisible characters, such as "https://user-profiles.acme.example"',
  },
  {
    field: { audiences: ['https://a.example\u200b'] },
    line: 'services.a.audiences[0] is "https://a.example\\u{200b}": write an aud without spaces, commas and invisible characters, such as "https://user-profiles.acme.example"',
  },
  { field: { public: 'no' }, line: 'services.a.public is "no": write true or false' },
  { field: { port: 0 }, line: 'services.a.port is 0: write a port from 1 to 65535' },
  { field: { port: 1.5 }, line: 'services.a.port is 1.5: write a port from 1 to 65535' },
  { field: { port: '80' }, line: 'services.a.port is "80": write a port from 1 to 65535' },
  { field: { command: ' ' }, line: 'services.a.command is " ": write a text, or leave it out' },
  {
    field: { headers: ['x-serverless-authorisation'] },
    line: 'services.a.headers[0] is "x-serverless-authorisation": write one of "authorization", "x-serverless-authorization", "x-caller-authorization", "proxy-authorization" (did you mean "x-serverless-authorization"?)',
  },
  {
    field: { headers: ['authorization', 'authorization'] },
    line: 'services.a.headers[1] is "authorization": write each value once',
  },
  {
    field: { calls: { a: { paths: ['/a', '/a//b'] } } },
    line: `services.a.calls.a.paths[1] is "/a//b": ${plainHint}`,
  },
  {
    field: { calls: { a: { paths: ['/:a:b'] } } },
    line: 'services.a.calls.a.paths[0] is "/:a:b": write ":name" for one segment, "/*" at the end for everything below, "\\" before a character that stands for itself',
  },
  {
    field: { calls: { a: { paths: ['/a/**'] } } },
    line: 'services.a.calls.a.paths[0] is "/a/**": write "/a/*" (":name" for one segment, "/*" at the end for everything below, "\\" before a character that stands for itself)',
  },
  {
    field: { calls: { a: { paths: ['a'] } } },
    line: 'services.a.calls.a.paths[0] is "a": write a pattern for the whole path, such as "/profiles/:id"',
  },
  {
    field: { unauthenticated: ['GET /a/**'] },
    line: 'services.a.unauthenticated[0] is "GET /a/**": write "GET /a/*" (":name" for one segment, "/*" at the end for everything below, "\\" before a character that stands for itself)',
  },
  {
    field: { audiences: ['search-4x2.a.run.app'] },
    line: 'services.a.audiences[0] is "search-4x2.a.run.app": write "https://search-4x2.a.run.app", since an aud of Google\'s has a scheme',
  },
  {
    field: { unauthenticated: ['GET /a;b'] },
    line: `services.a.unauthenticated[0] is "GET /a;b": ${plainHint}`,
  },
  {
    field: { region: 'Iowa' },
    line: 'services.a.region is "Iowa": write a region, such as "us-central1"',
  },
  {
    field: { project: 'Acme' },
    line: 'services.a.project is "Acme": write the id of a Google Cloud project, such as "acme"',
  },
  {
    field: { projectNumber: 123 },
    line: 'services.a.projectNumber is 123: write the project\'s number in quotes, which this prints: gcloud projects describe PROJECT --format="value(projectNumber)"',
  },
])('a wrong field is refused: $line', async ({ field, line }) => {
  expect(await linesOf(oneService(field))).toEqual([line])
})

test.each(['pubsub', 'eventarc'])('%s has no methods to choose', async (kind) => {
  const serviceAccount = 'pusher@acme.iam.gserviceaccount.com'
  const push = { kind, serviceAccount, to: 'a', methods: ['GET'] }
  expect(await linesOf({ ...oneService({ url: 'https://a.example' }), pushes: { push } })).toEqual([
    `pushes.push.methods is set, but ${kind} always delivers with POST: leave it out`,
  ])
})

test('all unknown keys of an object are told', async () => {
  expect(await linesOf({ services: {}, enviroments: {}, pushs: {} })).toEqual([
    'enviroments is an unknown key: write one of "$schema", "environments", "services", "pushes" (did you mean "environments"?); also unknown: "pushs" (did you mean "pushes"?)',
  ])
})

test('a rule and a list of rules are checked alike, and neither may be an empty list', async () => {
  expect(await linesOf(oneService({ calls: { a: { method: ['GET'] } } }))).toEqual([
    'services.a.calls.a.method is an unknown key: write one of "methods", "paths" (did you mean "methods"?)',
  ])
  expect(await linesOf(oneService({ calls: { a: [{}, { methods: 'GET' }] } }))).toEqual([
    `services.a.calls.a[1].methods is "GET": ${listHint}`,
  ])
  expect(await linesOf(oneService({ calls: { a: [] } }))).toEqual([
    `services.a.calls.a is []: ${listHint}`,
  ])
  expect(await linesOf(oneService({ calls: { a: true } }))).toEqual([
    'services.a.calls.a is true: write a rule or a list of rules; {} allows everything',
  ])
})

test('unknown services are told beside what is wrong with the shape', async () => {
  const file = {
    services: { login: { calls: { serch: {} }, port: '80' }, search: {} },
    pushes: { orders: { kind: 'pubsub', serviceAccount: 'a@b.gserviceaccount.com', to: 'serach' } },
  }
  expect(await linesOf(file)).toEqual([
    'services.login.port is "80": write a port from 1 to 65535',
    'services.login.calls.serch is not a service of this policy: write one of "login", "search" (did you mean "search"?), or add it to "services"',
    'pushes.orders.to is "serach", which is not a service of this policy: write one of "login", "search" (did you mean "search"?), or add it to "services"',
  ])
})

test('a long value is cut', async () => {
  const error = await refusal(() => loadPolicy(oneService({ url: 'x'.repeat(500) }) as never))
  expect(error.issues[0]?.problem).toBe(`is "${'x'.repeat(78)}…`)
})
