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

const loginEmail = 'login@acme.iam.gserviceaccount.com'
const inTest = ['-e', 'test']

describe('countersign policy check', () => {
  test('a policy that can be meant is fine', async () => {
    const policy = await policyWith(services)
    const { code, stdout } = await run(['policy', 'check', policy])
    expect([code, stdout]).toEqual([0, `${policy} is fine in test (services: 3, arrows: 1)\n`])
  })

  test('what can’t be meant is told, and ends with 2', async () => {
    const policy = await policyWith({})
    const long = 'a-name-of-more-than-thirty-letters-which-no-account-has'
    const environments = { test: { project: 'acme' }, prod: { project: 'acme' } }
    await writeFile(policy, JSON.stringify({ environments, services: { [long]: {} } }))
    const { code, stderr } = await run(['policy', 'check', policy])
    expect(stderr).toContain('has no serviceAccount')
    expect(code).toBe(2)
  })

  test('the examples are fine', async () => {
    const { code, stdout } = await run(['policy', 'check', '--json', 'examples/countersign.jsonc'])
    expect(JSON.parse(stdout)).toMatchObject({ environments: ['prod', 'staging'], services: 4 })
    expect(code).toBe(0)
  })
})

describe('countersign policy graph', () => {
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
  test('a shell can run it, and it grants who may call', async () => {
    const policy = await policyWith(services)
    const { stdout } = await run(['policy', 'iam', policy, ...inTest])
    const begin = 'run services add-iam-policy-binding'
    const where = '--project=acme --region=us-central1'
    expect(await runAsShell(stdout, dirname(policy))).toEqual([
      `${begin} user-profiles ${where} --member=serviceAccount:${loginEmail} --role=roles/run.invoker`,
      `${begin} status ${where} --member=allUsers --role=roles/run.invoker`,
    ])
  })

  test('what can’t be granted is a comment', async () => {
    const policy = await policyWith({})
    const serviceAccount = loginEmail
    await writeFile(
      policy,
      JSON.stringify({
        services: { a: { serviceAccount, calls: { a: {} }, url: 'https://a.example' } },
      }),
    )
    const { stdout } = await run(['policy', 'iam', policy])
    expect(stdout).toMatch(/^# serviceAccount:\S+ on a: the policy doesn't say its project and/)
    expect(stdout.trim().split('\n')).toHaveLength(1)
  })
})

describe('countersign policy terraform', () => {
  test('is one resource for each grant, in both of Terraform’s languages', async () => {
    const policy = await policyWith(services)
    const type = 'google_cloud_run_v2_service_iam_member'
    const text = await run(['policy', 'terraform', policy, ...inTest])
    expect(text.stdout).toContain(`resource "${type}" "user-profiles_login_acme" {
  project  = "acme"
  location = "us-central1"
  name     = "user-profiles"
  role     = "roles/run.invoker"
  member   = "serviceAccount:${loginEmail}"
}`)
    const json = await run(['policy', 'terraform', policy, ...inTest, '--json'])
    const { resource } = JSON.parse(json.stdout)
    expect(Object.keys(resource[type])).toEqual(['user-profiles_login_acme', 'status_allUsers'])
    expect(resource[type].status_allUsers).toMatchObject({ member: 'allUsers', name: 'status' })
  })
})

describe('countersign policy diff', () => {
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
    const serviceAccount = 'other@acme.iam.gserviceaccount.com'
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
