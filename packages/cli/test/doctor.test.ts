import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Result, run } from './command.ts'
import {
  loginEmail,
  profilesReceiver,
  profilesUrl,
  runProfiles,
  startEmulated,
} from './emulated.ts'
import { own, setIamPolicy } from './logs/_entries.ts'
import { policyWith } from './policy.ts'

const audience = 'https://user-profiles-123.us-central1.run.app'
const account = 'login-service@acme.iam.gserviceaccount.com'

/** Answers of gcloud, in the shapes that `services describe` and others print. */
interface Answers {
  receiver?: unknown
  caller?: unknown
  iam?: unknown
  ancestors?: unknown
  log?: unknown
  sinks?: unknown
  requests?: unknown
  rules?: unknown
}

function described(
  name: string,
  more: { marks?: object; labels?: object; template?: object } = {},
) {
  const { marks, labels, template } = more
  return {
    metadata: {
      name,
      namespace: '123',
      labels: { 'cloud.googleapis.com/location': 'us-central1', ...labels },
      annotations: {
        'run.googleapis.com/ingress': 'all',
        'run.googleapis.com/urls': JSON.stringify([`https://${name}-123.us-central1.run.app`]),
        ...marks,
      },
    },
    spec: {
      template: {
        metadata: { annotations: template ?? {} },
        spec: { serviceAccountName: `${name}-service@acme.iam.gserviceaccount.com` },
      },
    },
    status: { url: `https://${name}-123.us-central1.run.app` },
  }
}

const granted = {
  bindings: [{ role: 'roles/run.invoker', members: [`serviceAccount:${account}`] }],
}

function healthy(): Answers {
  return {
    receiver: described('user-profiles'),
    caller: described('login'),
    iam: { ...granted, etag: 'BwY', version: 1 },
    ancestors: [{ id: 'acme', type: 'project', policy: { etag: 'ACAB' } }],
    log: [],
    sinks: [{ name: '_Default' }],
    requests: [{}],
    rules: [{}],
  }
}

async function pair(answers: Answers, ...args: string[]): Promise<Result> {
  const policy = await policyWith({
    login: { calls: { 'user-profiles': {} } },
    'user-profiles': {},
    search: {},
  })
  const folder = await mkdtemp(join(tmpdir(), 'countersign-doctor-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  for (const [name, value] of Object.entries(answers)) {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    await writeFile(join(folder, `${name}.json`), text)
  }
  const [caller = 'login', receiver = 'user-profiles'] = args.filter((arg) => !arg.startsWith('-'))
  const options = args.filter((arg) => arg.startsWith('-'))
  return run([
    'doctor',
    caller,
    receiver,
    '--policy',
    policy,
    '-e',
    'test',
    '--from',
    folder,
    ...options,
  ])
}

describe('doctor CALLER RECEIVER', () => {
  test('finds nothing in a set-up that works', async () => {
    const { stdout, code } = await pair(healthy())
    expect(stdout).toContain(
      '✓ identity  login-service@acme.iam.gserviceaccount.com (services describe)',
    )
    expect(stdout).toContain(`✓ audience  ${audience}`)
    expect(stdout).toContain('Nothing found that refuses this call.')
    expect(stdout).not.toMatch(/^[✗?]/m)
    expect(code).toBe(0)
  })

  test('a grant that was taken away, by whom, and Terraform first', async () => {
    const { stdout, code } = await pair({
      ...healthy(),
      receiver: described('user-profiles', { labels: { 'goog-terraform-provisioned': 'true' } }),
      iam: { etag: 'ACAB' },
      log: [
        setIamPolicy(
          { second: 0, service: 'user-profiles' },
          'REMOVE',
          `serviceAccount:${account}`,
        ),
      ],
    })
    expect(stdout).toContain('✗ grant     no roles/run.invoker on user-profiles. Removed 02:00 by')
    expect(stdout).toContain('CAUSE  invoker_missing (certain). Refused by: the front door, not')
    expect(stdout).toMatch(/FIX {4}managed by Terraform:\n.*countersign policy terraform -e test/)
    expect(stdout).toContain(
      'gcloud run services add-iam-policy-binding user-profiles --project=acme',
    )
    expect(code).toBe(1)
  })

  test.each<[string, Answers]>([
    [
      'egress_past_vpc',
      {
        receiver: described('user-profiles', {
          marks: { 'run.googleapis.com/ingress': 'internal' },
        }),
      },
    ],
    [
      'service_open',
      {
        receiver: described('user-profiles', {
          marks: { 'run.googleapis.com/invoker-iam-disabled': 'true' },
        }),
      },
    ],
    [
      'iap',
      {
        receiver: described('user-profiles', {
          marks: { 'run.googleapis.com/iap-enabled': 'true' },
        }),
      },
    ],
    [
      'default_url_disabled',
      {
        receiver: described('user-profiles', {
          marks: { 'run.googleapis.com/default-url-disabled': 'true' },
        }),
      },
    ],
    [
      'request_logs_excluded',
      {
        sinks: [
          { name: '_Default', exclusions: [{ name: 'cheap', filter: 'httpRequest.status=200' }] },
        ],
        requests: [],
      },
    ],
    ['receiver_without_countersign', { rules: [] }],
    ['wrong_url', { receiver: described('other') }],
    ['wrong_identity', { caller: described('website') }],
    [
      'grant_not_effective',
      {
        iam: {
          bindings: [{ ...granted.bindings[0], condition: { title: 't', expression: 'false' } }],
        },
      },
    ],
  ])('%s', async (cause, answers) => {
    const { stdout } = await pair({ ...healthy(), ...answers }, '--json')
    expect(JSON.parse(stdout).causes[0].code).toBe(cause)
  })

  test('a caller that the policy does not list', async () => {
    const caller = { ...described('search') }
    const iam = {
      bindings: [
        {
          role: 'roles/run.invoker',
          members: ['serviceAccount:search-service@acme.iam.gserviceaccount.com'],
        },
      ],
    }
    const { stdout } = await pair(
      { ...healthy(), caller, iam },
      'search',
      'user-profiles',
      '--json',
    )
    expect(JSON.parse(stdout).causes[0].code).toBe('caller_not_allowed')
  })

  test('what can not be read is not checked, and never fine', async () => {
    const { stdout, code } = await pair({ receiver: '<html>', iam: '{' })
    expect(stdout.match(/^\? .*not checked/gm)).toHaveLength(5)
    expect(stdout).toContain('? grant     not checked (iam.json is not JSON)')
    expect(code).toBe(0)
  })

  test('without gcloud all of it is not checked', async () => {
    const policy = await policyWith({
      login: { calls: { 'user-profiles': {} } },
      'user-profiles': {},
    })
    const args = ['doctor', 'login', 'user-profiles', '--policy', policy, '-e', 'test']
    const { stdout } = await run(args, { env: { PATH: '/nowhere' } })
    expect(stdout.match(/gcloud is not installed/g)?.length).toBeGreaterThan(3)
  })

  test('hostile answers of gcloud move no cursor', async () => {
    const hostile = 'a\u001b[2J\u009b2J\u202eb\u2028c'
    const { stdout, stderr } = await pair({
      ...healthy(),
      caller: described(hostile),
      iam: {
        bindings: [{ role: hostile, members: [hostile], condition: { expression: hostile } }],
      },
      log: [
        own(
          { second: 1, service: 'user-profiles' },
          { code: 'x_y', enforced: true, caller: hostile, method: 'GET' },
        ),
      ],
    })
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
  })

  test('prints a job with the account and the network of the caller', async () => {
    const caller = described('login', {
      template: {
        'run.googleapis.com/vpc-access-egress': 'all-traffic',
        'run.googleapis.com/network-interfaces': '[{"network":"vpc","subnetwork":"sub"}]',
      },
    })
    const { stdout } = await pair({ caller }, '--print-job')
    expect(stdout).toContain(
      'gcloud run jobs create countersign-doctor-login --project=acme --region=us-central1',
    )
    expect(stdout).toContain(`--service-account=${account}`)
    expect(stdout).toContain('--network=vpc \\\n  --subnet=sub \\\n  --vpc-egress=all-traffic')
    expect(stdout).toContain(`doctor,${audience}`)
    const pod = await pair({ caller }, '--print-job=gke')
    expect(pod.stdout).toContain('kubectl run countersign-doctor-login')
  })
})

/** Something that answers as a service. */
async function listen(answer: RequestListener): Promise<string> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await new Promise((resolve) => server.once('listening', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

describe('doctor URL', () => {
  test('sends two requests, and prints no token', async () => {
    const { emulator, at } = await startEmulated()
    const receiver = profilesReceiver(emulator)
    let calls = 0
    await runProfiles(emulator, async (request, response) => {
      calls += 1
      const { allowed } = await receiver.check(request)
      response.writeHead(allowed ? 302 : 401, { location: 'https://elsewhere.example/' }).end()
    })
    const url = `${emulator.frontDoor('user-profiles')}/profiles/7`
    const { stdout, stderr, code } = await run(['doctor', url, '--as', 'login', ...at])
    expect(stdout).toContain(`✓ identity  ${loginEmail} (the emulator)`)
    expect(stdout).toContain('✓ no token  403, refused by the front door')
    expect(stdout).toContain('302 to https://elsewhere.example/, not followed')
    expect(stdout + stderr).not.toMatch(/eyJ|ya29/)
    expect([calls, code]).toEqual([1, 0])
  })

  test('an access token is sent nowhere, nor a token for another audience', async () => {
    const { emulator, at } = await startEmulated()
    const seen: string[] = []
    const url = await listen((request, response) => {
      seen.push(JSON.stringify(request.headers))
      response.end()
    })
    const other = await emulator.idToken('login', 'https://other.example')
    for (const input of ['ya29.c.something', other]) {
      const { code, stdout } = await run(['doctor', url, '--token', '-', ...at], { input })
      expect(code).toBe(1)
      expect(stdout).toContain('this token is not sent there')
      expect(stdout).not.toContain(input)
    }
    expect(seen).toHaveLength(2)
    expect(seen.join()).not.toMatch(/authorization/)
  })

  test.each([
    ['http://a.example/', 'Others on the network could read the token'],
    ['ftp://a.example/', 'The URL must be'],
    ['https://me:secret@a.example/', 'The URL must be'],
  ])('%s is refused', async (url, words) => {
    const { code, stderr } = await run(['doctor', url])
    expect([code, stderr.includes(words), stderr.includes('secret')]).toEqual([2, true, false])
  })

  test.each([
    [['--emulator', 'http://emulator.example:8790'], {}, '--emulator must be on this machine'],
    [['--emulator', 'http://127.0.0.1:8790'], { K_SERVICE: 'x' }, 'K_SERVICE'],
    [[], { COUNTERSIGN_EMULATOR: 'http://emulator.example:8790' }, 'COUNTERSIGN_EMULATOR'],
  ])('no token goes to an emulator that does not count: %s', async (args, more, words) => {
    const url = await listen((_request, response) => response.end())
    const env = { NODE_ENV: 'test', COUNTERSIGN_EMULATOR: '', ...more }
    const { code, stderr } = await run(['doctor', url, ...args], { env })
    expect([code, stderr.includes(words)]).toEqual([2, true])
  })

  test('nothing that answers ends with 3', async () => {
    const { emulator, at } = await startEmulated()
    expect(emulator.url).toContain('127.0.0.1')
    const { code, stdout } = await run(['doctor', 'http://127.0.0.1:9/', '--as', 'login', ...at])
    expect([code, stdout.includes('✗ no token  no answer')]).toEqual([3, true])
  })

  test('a hostile answer moves no cursor', async () => {
    const { at } = await startEmulated()
    const url = await listen((_request, response) => {
      response.writeHead(403, { 'content-type': 'text/html', 'www-authenticate': 'Bearer x="a"' })
      response.end(`<h1>\u001b[2J\u009b2J\u202e</h1>${'<b>x'.repeat(100_000)}`)
    })
    const { stdout, stderr } = await run(['doctor', url, '--as', 'login', '--json', ...at])
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u)
    expect(JSON.parse(stdout).causes[0].code).toBe('application_refused')
  })
})

describe('call and token towards a real service', () => {
  test('call says as whom, and for which audience', async () => {
    const { emulator, at } = await startEmulated()
    const receiver = profilesReceiver(emulator)
    await runProfiles(emulator, async (request, response) => {
      const decision = await receiver.check(request)
      response.end(decision.allowed ? `hello ${decision.caller?.email}` : decision.denial.code)
    })
    const url = `${emulator.frontDoor('user-profiles')}/x?y=1`
    const { stdout, stderr, code } = await run(['call', url, '--as', 'login', ...at])
    expect([stdout, code]).toEqual([`hello ${loginEmail}`, 0])
    expect(stderr).toBe(`200 OK (as ${loginEmail}, audience ${profilesUrl})\n`)
    const refused = await run(['call', url, '--anonymous', ...at])
    expect(refused.stderr).toContain('403 Forbidden (without a token)\nWhy? countersign doctor')
    expect(refused.code).toBe(1)
  })

  test('a genuine token is printed with --print alone', async () => {
    const { emulator } = await startEmulated()
    const env = { ...emulator.env('login') }
    const args = ['token', '--audience', profilesUrl]
    const hidden = await run(args, { env })
    expect(hidden.stdout).toContain(`got an ID token of ${loginEmail} for ${profilesUrl}, until`)
    expect(hidden.stdout + hidden.stderr).not.toMatch(/eyJ/)
    const printed = await run([...args, '--print'], { env })
    expect(printed.stdout).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
  })
})
