import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { example, grantsOfPolicy, read, run } from './_project.ts'

/**
 * The Terraform of examples/cloud-run: read by HashiCorp's own parser, formatted as terraform wants it, and its
 * arguments held against those that the provider's documentation has. `terraform validate` would need the
 * provider itself, which isn't downloaded here.
 */

/** Not imported, since its types would bring those of browsers into every file. */
const { parse } = createRequire(import.meta.url)('@cdktf/hcl2json') as {
  parse(name: string, text: string): Promise<unknown>
}

const files = readdirSync(join(example, 'terraform')).filter((name) => name.endsWith('.tf'))

type Body = Record<string, unknown>

/** Each block of one kind, by its labels: `resource`, say. */
interface Parsed {
  resource?: Record<string, Record<string, Body[]>>
  variable?: Record<string, Body[]>
  locals?: Body[]
  output?: Record<string, Body[]>
}

const parsed = await Promise.all(
  files.map(async (file) => (await parse(file, await read(`terraform/${file}`))) as Parsed),
)

const resources = parsed
  .flatMap(({ resource = {} }) => Object.entries(resource))
  .flatMap(([type, named]) =>
    Object.entries(named).map(([name, [body = {}]]) => ({ type, name, body })),
  )

/** The arguments of each resource that we write, of provider 7. Nested ones with a dot. */
const known: Record<string, string[]> = {
  google_artifact_registry_repository: ['repository_id', 'location', 'format'],
  google_cloud_run_v2_service: [
    ...['name', 'location', 'project', 'ingress', 'invoker_iam_disabled', 'custom_audiences'],
    ...['iap_enabled', 'default_uri_disabled', 'template', 'template.service_account'],
    ...['template.containers', 'template.containers.image', 'template.containers.args'],
    ...['template.containers.env', 'template.containers.env.name', 'template.containers.env.value'],
    ...['template.containers.startup_probe', 'template.containers.startup_probe.http_get'],
    'template.containers.startup_probe.http_get.path',
  ],
  google_cloud_run_v2_service_iam_binding: ['project', 'location', 'name', 'role', 'members'],
  google_iam_workload_identity_pool: ['workload_identity_pool_id'],
  google_iam_workload_identity_pool_provider: [
    ...['workload_identity_pool_id', 'workload_identity_pool_provider_id', 'attribute_mapping'],
    ...['attribute_mapping.google.subject', 'attribute_mapping.attribute.repository'],
    ...['attribute_condition', 'oidc', 'oidc.issuer_uri'],
  ],
  google_project_iam_member: ['project', 'role', 'member'],
  google_project_service: ['service', 'disable_on_destroy'],
  google_pubsub_subscription: [
    ...['name', 'topic', 'push_config', 'push_config.push_endpoint', 'push_config.oidc_token'],
    ...['push_config.oidc_token.service_account_email', 'push_config.oidc_token.audience'],
    ...['dead_letter_policy', 'dead_letter_policy.dead_letter_topic'],
    ...['dead_letter_policy.max_delivery_attempts', 'retry_policy'],
    ...['retry_policy.minimum_backoff', 'retry_policy.maximum_backoff'],
  ],
  google_pubsub_subscription_iam_member: ['subscription', 'role', 'member'],
  google_pubsub_topic: ['name'],
  google_pubsub_topic_iam_member: ['topic', 'role', 'member'],
  google_service_account: ['account_id', 'display_name'],
  google_service_account_iam_member: ['service_account_id', 'role', 'member'],
  google_storage_bucket_iam_member: ['bucket', 'role', 'member'],
}

function argumentsOf(body: unknown, prefix = ''): string[] {
  if (Array.isArray(body)) return body.flatMap((one) => argumentsOf(one, prefix))
  if (typeof body !== 'object' || body === null) return []
  return Object.entries(body).flatMap(([name, value]) => [
    `${prefix}${name}`,
    ...argumentsOf(value, `${prefix}${name}.`),
  ])
}

function bodyOf(type: string, name: string): Body {
  const found = resources.find((one) => one.type === type && one.name === name)
  if (found) return found.body
  throw new Error(`no ${type} ${name}`)
}

/** As the parser writes it. */
function expression(code: string): string {
  return ['$', '{', code, '}'].join('')
}

describe('arguments', () => {
  test.each(resources)('of $type $name are the provider’s', ({ type, body }) => {
    const meta = ['for_each', 'depends_on']
    const written = argumentsOf(body).filter((name) => !meta.includes(name))
    expect(written.length).toBeGreaterThan(0)
    for (const name of written) expect(known[type], name).toContain(name)
  })

  test('all resources that are known are used', () => {
    expect([...new Set(resources.map(({ type }) => type))].toSorted()).toEqual(Object.keys(known))
  })
})

test('what one file names, some file has', async () => {
  const text = (await Promise.all(files.map((file) => read(`terraform/${file}`)))).join('\n')
  const named = [...text.matchAll(/\b(google_\w+)\.(\w+)\b/g)]
  expect(named.length).toBeGreaterThan(20)
  for (const [, type = '', name = ''] of named) {
    if (type !== 'google_project') bodyOf(type, name)
  }
  const variables = new Set(parsed.flatMap(({ variable = {} }) => Object.keys(variable)))
  const used = new Set([...text.matchAll(/\bvar\.(\w+)/g)].map(([, name = '']) => name))
  expect([...used].toSorted()).toEqual([...variables].toSorted())
  const locals = new Set(
    parsed.flatMap(({ locals = [] }) => locals.flatMap((one) => Object.keys(one))),
  )
  const usedLocals = new Set([...text.matchAll(/\blocal\.(\w+)/g)].map(([, name = '']) => name))
  expect([...usedLocals].toSorted()).toEqual([...locals].toSorted())
})

test('the invokers are those of the policy, and nobody else', async () => {
  const binding = bodyOf('google_cloud_run_v2_service_iam_binding', 'invokers')
  expect(binding).toMatchObject({
    for_each: expression('local.private'),
    members: expression('[for grant in local.grants : grant.member if grant.service == each.key]'),
  })
  const grants = await grantsOfPolicy()
  expect(Object.keys(grants[0] ?? {})).toEqual(expect.arrayContaining(['service', 'member']))
  const members = ['user-profiles', 'search'].map((service) =>
    grants.filter((one) => one.service === service).map(({ member }) => member),
  )
  expect(members).toEqual([
    ['serviceAccount:login-run@acme.iam.gserviceaccount.com'],
    [
      'serviceAccount:user-profiles-run@acme.iam.gserviceaccount.com',
      'serviceAccount:profiles-changed@acme.iam.gserviceaccount.com',
    ],
  ])
})

test('nothing is open by allUsers', async () => {
  for (const file of files) {
    const code = (await read(`terraform/${file}`)).replaceAll(/#.*/g, '')
    expect(code).not.toMatch(/allUsers|allAuthenticatedUsers/)
  }
})

test('the services, their accounts and audiences are those of the policy', async () => {
  const { loadPolicy } = await import('@countersign/policy')
  const policy = await loadPolicy(join(example, 'countersign.jsonc'), { environment: 'prod' })
  const text = await read('terraform/services.tf')
  const rows = [
    ...text.matchAll(/^ {4}([\w-]+) += \{ public = (\w+), custom_audiences = (.*) \}$/gm),
  ]
  const written = rows.map(([, name = '', open, audiences = '']) => ({
    name,
    public: open === 'true',
    audiences: JSON.parse(audiences),
  }))
  const said = [...policy.services.values()].map(({ name, url, audiences, ...one }) => ({
    name,
    public: one.public,
    audiences: audiences.filter((audience) => audience !== url),
  }))
  expect(written).toEqual(said)
  for (const { name, serviceAccount } of policy.services.values()) {
    expect(serviceAccount).toBe(`${name}-run@acme.iam.gserviceaccount.com`)
  }
  const push = policy.pushes.get('profiles-changed')
  const config = JSON.stringify(bodyOf('google_pubsub_subscription', 'changed'))
  expect(config).toContain(`"audience":"${push?.audience}"`)
  expect(config).toContain(`${push?.path}"`)
  expect(push?.serviceAccount).toBe('profiles-changed@acme.iam.gserviceaccount.com')
  expect(bodyOf('google_service_account', 'push')).toMatchObject({ account_id: 'profiles-changed' })
})

const hasTerraform = await run('terraform', ['version']).then(
  () => true,
  () => false,
)

test.skipIf(!hasTerraform)('terraform has nothing against the format', async () => {
  const { TF_CLI_CONFIG_FILE: _, ...env } = process.env
  const args = ['fmt', '-check', '-diff', join(example, 'terraform')]
  await run('terraform', args, { env })
})

test('the parser refuses what is no Terraform', async () => {
  await expect(parse('wrong.tf', 'resource "a" {')).rejects.toThrow()
})
