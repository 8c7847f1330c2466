/** `countersign dev --only`: one service here, the others elsewhere, over TLS and by Google's tokens. */

import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createReceiver, localKeys } from '@countersign/receiver'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run, type Started, start } from '../../packages/cli/test/command.ts'
import { createCertificate } from '../private-certificate.ts'
import { type IamCredentials, startIamCredentials } from './_iam-credentials.ts'

const loginEmail = 'login-run@acme-staging.iam.gserviceaccount.com'
const exampleLogin = fileURLToPath(new URL('../../examples/login/server.ts', import.meta.url))

interface Laptop {
  google: IamCredentials
  /** Where the deployed user-profiles is. */
  staging: string
  folder: string
  policy: string
  env: Record<string, string>
}

/** A developer's machine, "Google", and user-profiles as it is deployed. */
async function startLaptop(): Promise<Laptop> {
  const google = await startIamCredentials()
  const folder = await mkdtemp(join(tmpdir(), 'countersign-only-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const { authority, cert, key } = await createCertificate()
  const staging = await startStaging(google, { cert, key })
  const policy = join(folder, 'countersign.jsonc')
  const files = { 'adc.json': JSON.stringify(google.user), 'authority.pem': authority }
  for (const [name, content] of Object.entries({
    ...files,
    'countersign.jsonc': policyFor(staging),
  })) {
    await writeFile(join(folder, name), content)
  }
  return {
    google,
    staging,
    folder,
    policy,
    env: {
      COUNTERSIGN_EMULATOR: google.url,
      GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'adc.json'),
      NODE_EXTRA_CA_CERTS: join(folder, 'authority.pem'),
      POLICY_FILE: policy,
    },
  }
}

/** It trusts Google's keys, and knows of no emulator. */
async function startStaging(google: IamCredentials, tls: { cert: string; key: string }) {
  const server = createServer(tls, async (req, res) => {
    const decision = await receiver.check(req)
    const asked = decision.allowed ? decision.caller?.email : decision.denial.code
    res.writeHead(decision.allowed ? 200 : decision.denial.status).end(JSON.stringify({ asked }))
  })
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const audience = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const keys = localKeys(google.keys)
  const receiver = createReceiver({ audience, allow: [loginEmail], keys, log: false })
  return audience
}

function policyFor(staging: string): string {
  return JSON.stringify({
    environments: {
      staging: {
        project: 'acme-staging',
        projectNumber: '456',
        region: 'us-central1',
        accounts: '{service}-run',
      },
    },
    services: {
      website: { calls: { login: {} } },
      login: {
        calls: { 'user-profiles': { paths: ['/profiles/:id'] } },
        unauthenticated: ['GET /ready'],
        command: `node ${exampleLogin}`,
      },
      'user-profiles': { url: staging, command: 'touch user-profiles-ran; sleep 60' },
      search: { calls: { login: {} } },
    },
  })
}

interface Dev {
  command: Started
  emulator: string
  elsewhere: unknown
}

async function devOnlyLogin({ policy, env }: Laptop): Promise<Dev> {
  const args = ['dev', policy, '-e', 'staging', '--only', 'login', '--port', '0', '--json']
  const command = start(args, { env })
  const [here = '', there = ''] = (
    await command.said(/^{"url".*}\n{"serviceAccount".*}$/m)
  )[0].split('\n')
  const { url, services } = JSON.parse(here)
  await expect
    .poll(
      () =>
        fetch(`${services.login.app}/ready`).then(
          ({ status }) => status,
          () => 0,
        ),
      {
        timeout: 45_000,
      },
    )
    .toBe(200)
  return { command, emulator: url, elsewhere: JSON.parse(there) }
}

function callLogin(emulator: string, as: string) {
  return run(['call', 'login', '/login/7', '-X', 'POST', '--as', as, '--emulator', emulator])
}

describe('countersign dev --only login', { timeout: 60_000 }, () => {
  test('login is here, and calls user-profiles there as itself', async () => {
    const laptop = await startLaptop()
    const { command, emulator, elsewhere } = await devOnlyLogin(laptop)
    expect(elsewhere).toEqual({
      serviceAccount: loginEmail,
      elsewhere: { 'user-profiles': laptop.staging },
    })
    const { stdout, code } = await callLogin(emulator, 'website')
    expect([code, JSON.parse(stdout)]).toEqual([0, { welcome: { asked: loginEmail } }])
    expect(laptop.google.generated.at(-1)).toEqual({
      account: loginEmail,
      method: 'generateIdToken',
      body: { audience: laptop.staging, includeEmail: true, delegates: [] },
    })
    expect(command.stdout() + command.stderr()).not.toMatch(/eyJ|ya29|1\/\//)
  })

  test('starts from a person that a workforce pool knows, too', async () => {
    const laptop = await startLaptop()
    await writeFile(join(laptop.folder, 'adc.json'), JSON.stringify(laptop.google.workforce))
    const { emulator } = await devOnlyLogin(laptop)
    const { stdout, code } = await callLogin(emulator, 'website')
    expect([code, JSON.parse(stdout)]).toEqual([0, { welcome: { asked: loginEmail } }])
  })

  test('no other service is run, or has a front door', async () => {
    const laptop = await startLaptop()
    const { command, emulator } = await devOnlyLogin(laptop)
    const { stderr, code } = await run([
      ...['call', 'user-profiles', '/profiles/7', '--as', 'login', '--emulator', emulator],
    ])
    expect(stderr).toContain('"user-profiles" can\'t be called')
    expect(code).toBe(2)
    command.child.kill('SIGINT')
    expect(await command.exit).toBe(0)
    expect(existsSync(join(laptop.folder, 'user-profiles-ran'))).toBe(false)
  })

  test('its calls can leave the emulator, which the output says', async () => {
    const { policy, env } = await startLaptop()
    const text = await readFile(policy, 'utf8')
    const command = 'echo beyond: $COUNTERSIGN_EMULATOR_ALLOW_BEYOND; sleep 60'
    await writeFile(policy, text.replace(JSON.stringify(`node ${exampleLogin}`), `"${command}"`))
    const started = start(['dev', policy, '--only', 'login', '--port', '0'], { env })
    await started.said(/^These calls leave the emulator, .*COUNTERSIGN_EMULATOR_ALLOW_BEYOND=yes/m)
    await started.said(/beyond: yes$/m)
  })

  test('login’s own front door is guarded as ever', async () => {
    const { emulator } = await devOnlyLogin(await startLaptop())
    const asOther = await callLogin(emulator, 'user-profiles')
    expect(asOther).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(
        /^403 Forbidden\nrefused: user-profiles -> login .*not_invoker/,
      ),
    })
  })

  test('a permission that is taken away while it runs is told, and what to grant', async () => {
    const laptop = await startLaptop()
    const { command, emulator } = await devOnlyLogin(laptop)
    laptop.google.revoke()
    expect((await callLogin(emulator, 'website')).code).toBe(1)
    expect(command.stdout()).toMatch(
      new RegExp(
        `"service":"countersign".*add-iam-policy-binding ${loginEmail} --role=roles/iam.serviceAccountOpenIdTokenCreator`,
      ),
    )
  })

  test('without that permission nothing is started, and the code is 3', async () => {
    const laptop = await startLaptop()
    laptop.google.revoke()
    const args = ['dev', laptop.policy, '-e', 'staging', '--only', 'login', '--port', '0']
    const { code, stdout, stderr } = await run(args, { env: laptop.env })
    expect(stderr).toContain(`add-iam-policy-binding ${loginEmail} --role=`)
    expect([code, stdout]).toEqual([3, ''])
  })

  test.each([
    ['a service that there is none of', 'logn', 'one of website, login'],
    ['a service without a command', 'search', 'Add "command": "node server.ts" to "search"'],
  ])('%s is wrong usage', async (_title, only, said) => {
    const { policy, env } = await startLaptop()
    const { code, stderr } = await run(['dev', policy, '-e', 'staging', '--only', only], { env })
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })
})

describe('countersign proxy', { timeout: 60_000 }, () => {
  test.each(['user', 'workforce'] as const)('calls as an account, for a %s', async (person) => {
    const { google, staging, folder, env } = await startLaptop()
    await writeFile(join(folder, 'adc.json'), JSON.stringify(google[person]))
    const proxy = start(['proxy', staging, '--as', loginEmail, '--port', '0'], { env })
    const [, here = ''] = await proxy.said(/^(http:\S+) forwards to /)
    expect(await (await fetch(`${here}/profiles/7`)).json()).toEqual({ asked: loginEmail })
    expect(proxy.stdout() + proxy.stderr()).not.toMatch(/eyJ|ya29|1\/\//)
  })
})
