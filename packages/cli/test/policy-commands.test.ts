import { execFileSync } from 'node:child_process'
import { chmod, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { run } from './command.ts'
import { policyWith } from './policy.ts'

const services = {
  login: { calls: { 'user-profiles': [{ methods: ['GET'], paths: ['/profiles/:id'] }] } },
  'user-profiles': { unauthenticated: ['GET /ready'] },
  status: { public: true },
}

const loginEmail = 'login-service@acme.iam.gserviceaccount.com'
const inTest = ['-e', 'test']

describe('countersign policy check', () => {
  test('a policy that can be meant is fine', async () => {
    const policy = await policyWith(services)
    const { code, stdout } = await run(['policy', 'check', policy])
    expect([code, stdout]).toEqual([0, `${policy} is valid in test (services: 3, calls: 1)\n`])
  })

  test('what can’t be meant is told, and ends with 2', async () => {
    const policy = await policyWith({})
    const long = 'a-name-of-more-than-thirty-letters-which-no-account-has'
    const environments = { test: { project: 'acme' }, prod: { project: 'acme' } }
    await writeFile(policy, JSON.stringify({ environments, services: { [long]: {} } }))
    const { code, stderr } = await run(['policy', 'check', policy])
    expect(stderr).toContain("which can't exist")
    expect(code).toBe(2)
  })

  test('-e validates in one environment only', async () => {
    const example = 'examples/countersign.jsonc'
    const { stdout } = await run(['policy', 'check', '-e', 'staging', '--json', example])
    expect(JSON.parse(stdout)).toMatchObject({ environments: ['staging'] })
    const { code, stderr } = await run(['policy', 'check', '-e', 'stagin', example])
    expect([code, stderr]).toEqual([2, expect.stringContaining('did you mean "staging"?')])
  })

  test('the examples are fine', async () => {
    const { code, stdout } = await run(['policy', 'check', '--json', 'examples/countersign.jsonc'])
    expect(JSON.parse(stdout)).toMatchObject({ environments: ['prod', 'staging'], services: 4 })
    expect(code).toBe(0)
  })
})

const shared = '123-compute@developer.gserviceaccount.com'
const sharing = { serviceAccount: shared, sharesAccount: true }

/** signin, batch and orders have one account, and say so. */
async function sharedPolicy(): Promise<string> {
  const calls = (method: string) => ({ profiles: { methods: [method], paths: ['/profiles/:id'] } })
  const services = {
    signin: { ...sharing, subject: '111', calls: calls('GET') },
    batch: { ...sharing, calls: calls('DELETE') },
    profiles: {},
  }
  const audience = 'https://profiles-123.us-central1.run.app'
  const orders = { ...sharing, kind: 'pubsub', to: 'profiles', audience }
  return policyWith(services, {}, { orders })
}

describe('countersign policy check, of accounts that are shared', () => {
  test('unsaid it is refused, by name', async () => {
    const serviceAccount = shared
    const policy = await policyWith({
      signin: { serviceAccount, calls: { profiles: { methods: ['GET'] } } },
      batch: { serviceAccount, calls: { profiles: {} } },
      profiles: {},
    })
    const { code, stderr } = await run(['policy', 'check', policy])
    expect(code).toBe(2)
    expect(stderr).toMatch(/services\.signin has the account 123-compute.*, as do services\.batch/)
  })

  test('said it is warned of', async () => {
    const { code, stdout, stderr } = await run(['policy', 'check', await sharedPolicy()])
    expect([code, stdout]).toEqual([0, expect.stringContaining('is valid in test')])
    expect(stderr).toBe(
      `warning: services.signin and services.batch and pushes.orders have one account, ${shared}: each of them has the rights of all; a subject pins only the rights of services.signin\n`,
    )
  })

  test('so are equal rights, as JSON too', async () => {
    const serviceAccount = shared
    const twin = { serviceAccount, calls: { profiles: {} } }
    const policy = await policyWith({ a: twin, b: twin, profiles: {} })
    const { code, stdout, stderr } = await run(['policy', 'check', policy, '--json'])
    expect(JSON.parse(stdout).warnings).toEqual([
      `services.a and services.b have one account, ${shared}, with the same rights: receivers can't distinguish them`,
    ])
    expect([code, stderr]).toEqual([0, ''])
  })

  test('and a service with one account in several environments, that calls others in each', async () => {
    const policy = await policyWith({})
    const place = { projectNumber: '1', region: 'us-central1', accounts: '{service}-run' }
    const environments = {
      prod: { project: 'acme', ...place },
      staging: { project: 'acme-staging', ...place, projectNumber: '2' },
    }
    const serviceAccount = loginEmail
    const services = {
      login: { serviceAccount, calls: { search: {} } },
      cron: { serviceAccount: shared, calls: { fixed: {} } },
      fixed: { url: 'https://fixed.example' },
      search: {},
    }
    await writeFile(policy, JSON.stringify({ environments, services }))
    const { stderr } = await run(['policy', 'check', policy])
    expect(stderr).toBe(
      `warning: services.login has the account ${loginEmail} in prod and staging: the service in one can call the services of the other\n`,
    )
  })

  test('a policy without shared accounts has no warning', async () => {
    const { stderr } = await run(['policy', 'check', await policyWith(services)])
    expect(stderr).toBe('')
  })
})

describe('countersign policy check, of what pushes deliver with', () => {
  const url = 'https://profiles-123.us-central1.run.app'
  const older = 'https://profiles-abcdefghij-uc.a.run.app'
  const custom = 'https://profiles.acme.example'

  async function warningsOf(push: object, service: object = {}): Promise<string> {
    const serviceAccount = 'pusher@acme.iam.gserviceaccount.com'
    const orders = { kind: 'pubsub', serviceAccount, to: 'profiles', ...push }
    const profiles = { audiences: [custom], ...service }
    const policy = await policyWith({ profiles }, {}, { orders })
    const { code, stdout } = await run(['policy', 'check', policy, '--json'])
    expect(code).toBe(0)
    return JSON.parse(stdout).warnings.join('\n')
  }

  const begin = 'pushes.orders delivers to services.profiles, which is private, with'
  const end = `: IAM refuses it with 401. Set its "audience" to one of the service's, such as "${url}", here and at Google`

  test.for(['pubsub', 'cloud-tasks', 'cloud-scheduler'])('%s without an audience', async (kind) => {
    expect(await warningsOf({ kind, path: '/push' })).toBe(
      `${begin} no audience, so its aud is the full URL of the delivery${end}`,
    )
  })

  test.for([`${url}/push`, `${custom}/`, 'https://other.example'])('%s', async (audience) => {
    expect(await warningsOf({ audience })).toBe(
      `${begin} the audience "${audience}", which is not one of the service's${end}`,
    )
  })

  test.for<[string, object, object?]>([
    ['its URL', { audience: url }],
    ['its URL with a slash', { audience: `${url}/` }],
    ['its other URL', { audience: `${older}/` }, { audiences: [older] }],
    ['a custom audience', { audience: custom }],
    ['the whole URL, which is the root', { path: '/' }],
    ['what Eventarc chooses', { kind: 'eventarc', path: '/events' }],
    ['anything, for a public service', { path: '/push' }, { public: true }],
  ])('%s is fine', async ([, push, service]) => {
    expect(await warningsOf(push, service)).toBe('')
  })
})

describe('countersign policy graph', () => {
  test('shows what is shared, dotted', async () => {
    const { stdout } = await run(['policy', 'graph', await sharedPolicy(), ...inTest])
    expect(stdout.split('\n').filter((line) => line.includes('|'))).toEqual([
      '  service-signin -->|"GET /profiles/:id"| service-profiles',
      '  service-batch -->|"DELETE /profiles/:id"| service-profiles',
      '  push-orders -->|"POST"| service-profiles',
      '  service-signin -.->|"as services.batch: DELETE /profiles/:id"| service-profiles',
      '  service-signin -.->|"as pushes.orders: POST"| service-profiles',
      '  service-batch -.->|"as services.signin: GET /profiles/:id"| service-profiles',
      '  service-batch -.->|"as pushes.orders: POST"| service-profiles',
      '  push-orders -.->|"as services.signin: GET /profiles/:id"| service-profiles',
      '  push-orders -.->|"as services.batch: DELETE /profiles/:id"| service-profiles',
    ])
  })

  test('is a Mermaid flowchart', async () => {
    const { stdout } = await run(['policy', 'graph', await policyWith(services), ...inTest])
    expect(stdout.split('\n')).toEqual([
      'flowchart LR',
      '  service-login["login"]',
      '  service-user-profiles["user-profiles"]',
      '  service-status["status (public)"]',
      '  service-login -->|"GET /profiles/:id"| service-user-profiles',
      '',
    ])
  })

  test('as JSON it is a list of arrows', async () => {
    const policy = await policyWith(services)
    const { stdout } = await run(['policy', 'graph', policy, ...inTest, '--json'])
    expect(JSON.parse(stdout)).toEqual([
      { from: 'login', to: 'user-profiles', rules: services.login.calls['user-profiles'] },
    ])
  })
})

/** Runs a script in a shell that has a `gcloud` which says what it was told. */
async function runAsShell(script: string, folder: string): Promise<string[]> {
  const gcloud = join(folder, 'gcloud')
  await writeFile(gcloud, '#!/bin/sh\necho "$@"\n')
  await chmod(gcloud, 0o755)
  const env = { PATH: `${folder}:/usr/bin:/bin` }
  return execFileSync('sh', { input: script, env, encoding: 'utf8' }).trim().split('\n')
}

describe('countersign policy iam', () => {
  test('a shell can run it: it grants who may call, and opens what is public', async () => {
    const policy = await policyWith(services)
    const { stdout } = await run(['policy', 'iam', policy, ...inTest])
    const begin = 'run services add-iam-policy-binding'
    const where = '--project=acme --region=us-central1'
    expect(await runAsShell(stdout, dirname(policy))).toEqual([
      `${begin} user-profiles ${where} --member=serviceAccount:${loginEmail} --role=roles/run.invoker`,
      `run services update status ${where} --no-invoker-iam-check`,
    ])
    expect(stdout).toContain('\n# status is public: this lets anyone on the Internet call it\n')
    expect(stdout).not.toContain('allUsers')
  })

  test('what can’t be granted is a comment', async () => {
    const policy = await policyWith({})
    const serviceAccount = loginEmail
    await writeFile(
      policy,
      JSON.stringify({
        services: {
          a: { serviceAccount, calls: { a: {} }, url: 'https://a.example', public: true },
        },
      }),
    )
    const { stdout } = await run(['policy', 'iam', policy])
    const why = "the policy doesn't name the service's project and region"
    expect(stdout.trim().split('\n')).toEqual([
      `# a is public: ${why}`,
      `# serviceAccount:${loginEmail} on a: ${why}`,
    ])
  })
})

test.each([
  { name: 'a;id', fields: {} },
  { name: 'a', fields: { project: 'acme$(id)' } },
  { name: 'a', fields: { project: 'acme', region: 'us-central1`id`' } },
  { name: 'a', fields: { serviceAccount: 'a;id@acme.iam.gserviceaccount.com' } },
  { name: 'a', fields: { serviceAccount: 'account-a@acme.iam.gserviceaccount.com\nid' } },
  { name: 'a', fields: { project: 'acme\nid' } },
])(
  'nothing that a shell evaluates can stand in a grant: $name $fields',
  async ({ name, fields }) => {
    const policy = await policyWith({ [name]: { ...fields, calls: { b: {} } }, b: {} })
    const { code, stdout } = await run(['policy', 'iam', policy, ...inTest])
    expect([code, stdout]).toEqual([2, ''])
  },
)

describe('countersign policy terraform', () => {
  test('is one resource for each grant, in both of Terraform’s languages', async () => {
    const policy = await policyWith(services)
    const type = 'google_cloud_run_v2_service_iam_member'
    const text = await run(['policy', 'terraform', policy, ...inTest])
    expect(text.stdout).toContain(`resource "${type}" "user-profiles_login-service_acme" {
  project  = "acme"
  location = "us-central1"
  name     = "user-profiles"
  role     = "roles/run.invoker"
  member   = "serviceAccount:${loginEmail}"
}`)
    const json = await run(['policy', 'terraform', policy, ...inTest, '--json'])
    const { resource, '//': comment } = JSON.parse(json.stdout)
    expect(Object.keys(resource[type])).toEqual(['user-profiles_login-service_acme'])
    expect(comment).toBe(
      'status is public: write invoker_iam_disabled = true in its google_cloud_run_v2_service, which lets anyone on the Internet call it',
    )
    expect(text.stdout).toMatch(new RegExp(`^# ${comment}$`, 'm'))
  })
})

test('no two grants have one name in Terraform, whatever their accounts', async () => {
  const accounts = [
    'signin@acme.example.iam.gserviceaccount.com',
    'signin@acme-example.iam.gserviceaccount.com',
    'sign.in@acme-example.iam.gserviceaccount.com',
    'sign-in@acme-example.iam.gserviceaccount.com',
    'sign_in@acme-example.iam.gserviceaccount.com',
    'signin@developer.gserviceaccount.com',
    'signin@developer-gserviceaccount-com.iam.gserviceaccount.com',
  ]
  const callers = accounts.map((serviceAccount, index) => {
    return [`caller-${index}`, { serviceAccount, calls: { search: {} } }]
  })
  const files = [callers, callers.toReversed()].map((some) =>
    policyWith({ ...Object.fromEntries(some), search: {} }),
  )
  const runs = (await Promise.all(files)).map(async (policy) => {
    const { stdout } = await run(['policy', 'terraform', policy, ...inTest, '--json'])
    const resources = JSON.parse(stdout).resource.google_cloud_run_v2_service_iam_member
    return Object.entries<{ member: string }>(resources).map(([name, { member }]) => [name, member])
  })
  const [there = [], back] = await Promise.all(runs)
  expect(there.map(([, member]) => member)).toEqual(accounts.map((one) => `serviceAccount:${one}`))
  expect(there.every(([name]) => /^[a-z][a-z0-9_-]*$/.test(name ?? ''))).toBe(true)
  // Names don't depend on what else is granted: Terraform would replace a grant that is named anew.
  expect(back).toEqual(there.toReversed())
})

test('what can’t be granted is a comment, as Terraform’s JSON has them', async () => {
  const policy = await policyWith({})
  const serviceAccount = loginEmail
  await writeFile(
    policy,
    JSON.stringify({
      services: { a: { serviceAccount, calls: { a: {} }, url: 'https://a.example' } },
    }),
  )
  const { stdout } = await run(['policy', 'terraform', policy, '--json'])
  expect(JSON.parse(stdout)).toEqual({
    '//': `serviceAccount:${loginEmail} on a: the policy doesn't name the service's project and region`,
    resource: { google_cloud_run_v2_service_iam_member: {} },
  })
})

describe('countersign policy diff', () => {
  const search = { url: 'https://search.example', region: 'us-east1' }
  const signin = { calls: { search: { methods: ['GET'], paths: ['/a'] } } }
  const orders = {
    kind: 'pubsub',
    serviceAccount: 'pusher@acme.iam.gserviceaccount.com',
    to: 'search',
    path: '/push',
  }
  const base = { services: { signin, search }, pushes: { orders } }
  const twin = { calls: { search: {} } }
  const pusher = 'orders (pubsub, pusher@acme.iam.gserviceaccount.com'

  test.each<[title: string, edited: { services?: object; pushes?: object }, added: string]>([
    [
      'audience of a push',
      { pushes: { orders: { ...orders, audience: 'https://anything.example' } } },
      `${pusher}, aud https://anything.example) calls search: POST /push`,
    ],
    [
      'path of a push',
      { pushes: { orders: { ...orders, path: '/other' } } },
      `${pusher}) calls search: POST /other`,
    ],
    [
      'methods of a push',
      { pushes: { orders: { ...orders, kind: 'cloud-tasks', methods: ['PUT'] } } },
      'orders (cloud-tasks, pusher@acme.iam.gserviceaccount.com) calls search: PUT /push',
    ],
    [
      'subject of a push',
      { pushes: { orders: { ...orders, subject: '7' } } },
      `${pusher}, 7) calls search: POST /push`,
    ],
    [
      'receiver of a push',
      { pushes: { orders: { ...orders, to: 'signin' } } },
      `${pusher}) calls signin: POST /push`,
    ],
    [
      'subject of a caller',
      { services: { signin: { ...signin, subject: '1' }, search } },
      `signin (signin-service@acme.iam.gserviceaccount.com, 1) calls search: GET /a`,
    ],
    [
      'project of a caller, and so its account',
      { services: { signin: { ...signin, project: 'evil' }, search } },
      `signin (signin-service@evil.iam.gserviceaccount.com) calls search: GET /a`,
    ],
    [
      'audiences',
      { services: { signin, search: { ...search, audiences: ['https://x.example'] } } },
      'search answers to https://x.example',
    ],
    [
      'url',
      { services: { signin, search: { ...search, url: 'https://evil.example' } } },
      'search is called at https://evil.example, and answers to that',
    ],
    [
      'headers',
      { services: { signin, search: { ...search, headers: ['x-caller-authorization'] } } },
      'search is called with the token in x-caller-authorization',
    ],
    [
      'region, where IAM grants',
      { services: { signin, search: { ...search, region: 'europe-west1' } } },
      'search is in the project acme, region europe-west1',
    ],
    [
      'project, where IAM grants',
      { services: { signin, search: { ...search, project: 'other' } } },
      'search is in the project other, region us-east1',
    ],
    [
      'account that is shared from now on',
      {
        services: {
          signin: { ...signin, ...sharing },
          search: { ...search, ...sharing },
        },
      },
      `search (${shared}, as services.signin) calls search: GET /a`,
    ],
    [
      'new caller',
      { services: { signin, twin, search } },
      'twin (twin-service@acme.iam.gserviceaccount.com) calls search: everything',
    ],
  ])('the %s is told', async (_title, edited, added) => {
    const { services, pushes } = { ...base, ...edited }
    const [before, after] = await Promise.all([
      policyWith(base.services, {}, base.pushes),
      policyWith(services as typeof base.services, {}, pushes as typeof base.pushes),
    ])
    const { code, stdout } = await run(['policy', 'diff', before, after, ...inTest])
    expect(stdout.split('\n')).toContain(`+ ${added}`)
    expect(code).toBe(1)
  })

  test('a url and an audience that change places are a difference: calls go elsewhere', async () => {
    const swapped = { ...search, url: 'https://b.example', audiences: [search.url] }
    const first = { ...search, audiences: ['https://b.example'] }
    const [before, after] = await Promise.all([
      policyWith({ signin, search: first }),
      policyWith({ signin, search: swapped }),
    ])
    const { stdout } = await run(['policy', 'diff', before, after, ...inTest])
    expect(stdout).toContain('+ search is called at https://b.example, and answers to that')
  })

  test('what opens and what closes is told, and ends with 1', async () => {
    const before = await policyWith(services)
    const after = await policyWith({
      ...services,
      login: { calls: { 'user-profiles': {} } },
      'user-profiles': { public: true },
    })
    const { code, stdout } = await run(['policy', 'diff', before, after, ...inTest])
    expect(stdout.trim().split('\n')).toEqual([
      `- login (${loginEmail}) calls user-profiles: GET /profiles/:id`,
      '- anybody calls user-profiles: GET /ready',
      `+ login (${loginEmail}) calls user-profiles: everything`,
      '+ user-profiles is public',
    ])
    expect(code).toBe(1)
  })

  test('another account behind the same name is a difference', async () => {
    const before = await policyWith(services)
    const serviceAccount = 'other-run@acme.iam.gserviceaccount.com'
    const after = await policyWith({ ...services, login: { ...services.login, serviceAccount } })
    const { stdout } = await run(['policy', 'diff', before, after, ...inTest, '--json'])
    expect(JSON.parse(stdout).added).toEqual([
      `login (${serviceAccount}) calls user-profiles: GET /profiles/:id`,
    ])
  })

  test('two that let the same through end with 0', async () => {
    const before = await policyWith(services)
    const after = await policyWith({ ...services, login: { ...services.login, command: 'true' } })
    const { code, stdout } = await run(['policy', 'diff', before, after, ...inTest])
    expect([code, stdout]).toEqual([0, 'no difference\n'])
  })
})
