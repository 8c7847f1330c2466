/**
 * IAM on a laptop with the real gcloud: the doors of login, user-profiles and search are set up from
 * nothing by Google's own commands, unmodified, and shut again.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy, type PolicyFile } from '@countersign/policy'
import { afterAll, beforeAll, expect, type TestContext, test } from 'vitest'
import { mustRun, run } from './_run.ts'
import { isMissing, makeReady, gcloud as toolchain } from './_toolchains.ts'

const { INTEROP_REQUIRED: isRequired, PATH } = process.env

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))
const member = 'serviceAccount:login-run@acme.iam.gserviceaccount.com'
const audience = 'https://user-profiles-123.us-central1.run.app'

/** Nobody calls anybody yet. */
const services: PolicyFile = {
  environments: {
    prod: {
      project: 'acme',
      projectNumber: '123',
      region: 'us-central1',
      accounts: '{service}-run',
    },
  },
  services: { login: {}, 'user-profiles': {}, search: {} },
}

let emulator: Emulator
let home: string
let variables: string
let notReady: Error | undefined
const rows: string[] = []

beforeAll(async () => {
  await makeReady(toolchain).catch((error) => {
    notReady = error
  })
  emulator = await startEmulator({ policy: await loadPolicy(services, { environment: 'prod' }) })
  const app = createServer((_request, response) => response.end('profile 7'))
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve))
  const { port } = app.address() as AddressInfo
  for (const name of ['user-profiles', 'search']) {
    emulator.forwardTo(name, `http://127.0.0.1:${port}`)
  }
  home = await mkdtemp(join(tmpdir(), 'countersign-gcloud-'))
  variables = await countersign('env', '--for', 'gcloud', '--emulator', emulator.url)
  return async () => {
    app.close()
    await emulator.stop()
    await rm(home, { recursive: true })
  }
})

afterAll(() => {
  const head = [
    '| command | login calls user-profiles | search calls user-profiles | login calls search |',
    '|---|---|---|---|',
  ]
  console.log(['', ...(rows.length === 0 ? [] : [...head, ...rows]), ''].join('\n'))
})

function skipUnlessReady({ skip }: TestContext): void {
  if (!notReady) return
  if (isRequired && !isMissing(notReady)) throw notReady
  skip(`gcloud is not ready on this machine: ${notReady.message}`)
}

function countersign(...args: string[]): Promise<string> {
  const node = [process.execPath, '--conditions=@countersign/source', main] as const
  return mustRun({ args: [...node, ...args], env: { PATH, HOME: home, NO_COLOR: '1' } })
}

/** Runs a script of a user who has evaluated the variables, and nothing else. */
async function shell(script: string): Promise<string> {
  const env = { PATH, HOME: home }
  return mustRun({ args: ['sh', '-c', `${variables}\n${script}`], env }, 120_000)
}

async function refused(script: string): Promise<string> {
  const env = { PATH, HOME: home }
  const ended = await run({ args: ['sh', '-c', `${variables}\n${script}`], env }, 120_000)
  expect(ended.exitCode).not.toBe(0)
  return ended.stderr
}

/** The status of a call of one of the services. */
async function call(caller: string | undefined, service = 'user-profiles'): Promise<number> {
  const aud = audience.replace('user-profiles', service)
  const token = caller && (await emulator.idToken(caller, aud))
  const headers: Record<string, string> = token ? { authorization: `Bearer ${token}` } : {}
  return (await fetch(`${emulator.frontDoor(service)}/profiles/7`, { headers })).status
}

/** Runs a command, and notes who gets in after it. */
async function step(command: string, status: number): Promise<string> {
  const said = await shell(command)
  await note(command, status)
  return said
}

async function note(command: string, status: number): Promise<void> {
  const got = [await call('login'), await call('search'), await call('login', 'search')]
  const shown = command.replaceAll('|', '\\|')
  rows.push(`| \`${shown}\` | ${got.join(' | ')} |`)
  expect({ command, got: got[0] }).toEqual({ command, got: status })
}

const onProfiles = 'user-profiles --region=us-central1'
const granting = `--member='${member}' --role='roles/run.invoker'`

test('the seed’s command opens the door for that caller alone, and its opposite shuts it', async (context) => {
  skipUnlessReady(context)
  await step('gcloud run services list --format="value(metadata.name)"', 403)
  await step(`gcloud run services add-iam-policy-binding ${onProfiles} ${granting}`, 200)
  expect(await call('search')).toBe(403)
  expect(await call(undefined)).toBe(403)
  expect(await call('login', 'search')).toBe(403)
  const policy = await step(`gcloud run services get-iam-policy ${onProfiles} --format=json`, 200)
  expect(JSON.parse(policy)).toEqual({
    bindings: [{ role: 'roles/run.invoker', members: [member] }],
    etag: expect.any(String),
    version: 1,
  })
  await step(`gcloud run services remove-iam-policy-binding ${onProfiles} ${granting}`, 403)
  const after = await shell(`gcloud run services get-iam-policy ${onProfiles} --format=json`)
  expect(JSON.parse(after)).toEqual({ etag: expect.any(String) })
}, 120_000)

test('describe, and the policies of the project and its ancestors', async (context) => {
  skipUnlessReady(context)
  const described = await shell(`gcloud run services describe ${onProfiles} --format=json`)
  expect(JSON.parse(described)).toMatchObject({
    kind: 'Service',
    status: { url: audience },
    spec: {
      template: {
        spec: { serviceAccountName: 'user-profiles-run@acme.iam.gserviceaccount.com' },
      },
    },
  })
  const inProject = `--member='${member}' --role='roles/run.servicesInvoker'`
  await step(`gcloud projects add-iam-policy-binding acme ${inProject} --condition=None`, 200)
  const own = JSON.parse(await shell('gcloud projects get-iam-policy acme --format=json'))
  const all = JSON.parse(await shell('gcloud projects get-ancestors-iam-policy acme --format=json'))
  expect(own.bindings).toEqual([{ role: 'roles/run.servicesInvoker', members: [member] }])
  expect(all).toEqual([
    { id: 'acme', type: 'project', policy: own },
    { id: '200000000001', type: 'folder', policy: { etag: 'ACAB' } },
    { id: '100000000001', type: 'organization', policy: { etag: 'ACAB' } },
  ])
  await step(`gcloud projects remove-iam-policy-binding acme ${inProject} --condition=None`, 403)
}, 120_000)

test('a condition that is met, and one that is not', async (context) => {
  skipUnlessReady(context)
  const expression = (year: number) => `request.time < timestamp("${year}-01-01T00:00:00Z")`
  const until = (year: number) => `--condition='title=until-${year},expression=${expression(year)}'`
  const add = `gcloud run services add-iam-policy-binding ${onProfiles} ${granting}`
  const remove = `gcloud run services remove-iam-policy-binding ${onProfiles} ${granting}`
  await step(`${add} ${until(2020)}`, 403)
  await step(`${add} ${until(2999)}`, 200)
  await step(`${remove} --all`, 403)
}, 120_000)

test('countersign policy iam prints commands that a shell can run', async (context) => {
  skipUnlessReady(context)
  const file = join(home, 'countersign.jsonc')
  const calling = {
    ...services,
    services: { ...services.services, login: { calls: { 'user-profiles': {} } } },
  }
  await writeFile(file, JSON.stringify(calling))
  const commands = await countersign('policy', 'iam', file, '-e', 'prod')
  await shell(commands)
  await note('countersign policy iam -e prod | sh', 200)
  await step(`gcloud run services remove-iam-policy-binding ${onProfiles} ${granting}`, 403)
}, 120_000)

test('the command beside a 403 opens the door', async (context) => {
  skipUnlessReady(context)
  await call('login')
  const refusal = emulator.events.kept.findLast((event) => event.type === 'call')
  const layer = refusal?.layers.find(({ stage }) => stage === 'front-door')
  const command = layer?.stage === 'front-door' ? (layer.missing?.command ?? '') : ''
  await step(command, 200)
  await step(`gcloud run services remove-iam-policy-binding ${onProfiles} ${granting}`, 403)
}, 120_000)

test('the switches beside the policy', async (context) => {
  skipUnlessReady(context)
  const update = `gcloud run services update ${onProfiles}`
  await step(`${update} --no-invoker-iam-check`, 200)
  await step(`${update} --invoker-iam-check`, 403)
  await step(`${update} --ingress=internal`, 404)
  await step(`${update} --ingress=all`, 403)
}, 120_000)

test('mistakes are refused as at Google', async (context) => {
  skipUnlessReady(context)
  const add = 'gcloud run services add-iam-policy-binding'
  const region = '--region=us-central1'
  expect(await refused(`${add} profiles ${region} ${granting}`)).toContain('NOT_FOUND')
  expect(await refused(`${add} ${onProfiles} --member=login --role=roles/run.invoker`)).toContain(
    'unknown type',
  )
  expect(
    await refused(`${add} ${onProfiles} --member='${member}' --role=roles/run.invokers`),
  ).toContain('is not supported for this resource')
}, 120_000)

test('other APIs are refused, and nothing asked for what the emulator does not know', async (context) => {
  skipUnlessReady(context)
  const said = await refused('gcloud iam service-accounts list')
  expect(said).toMatch(/Tunnel connection failed: 405/)
  const unknown = emulator.requests.filter(({ endpoint }) => endpoint === 'unknown')
  expect(unknown).toEqual([])
}, 120_000)
