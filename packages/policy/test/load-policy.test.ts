import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { loadPolicy } from '../src/index.ts'
import { acme, fileWith, refusal } from './_helpers.ts'

const text = `{
  // comments and trailing commas are allowed
  "environments": { "prod": { "project": "acme", "projectNumber": "123", "region": "us-central1", "accounts": "{service}-run" }, },
  "services": { "login": { "calls": { "search": {} } }, "search": {} }, /* and so are these */
}`

afterEach(() => vi.unstubAllEnvs())

test('a file, its URL, and the object it holds load alike', async () => {
  const file = await fileWith(text)
  const object = {
    environments: {
      prod: {
        project: 'acme',
        projectNumber: '123',
        region: 'us-central1',
        accounts: '{service}-run',
      },
    },
    services: { login: { calls: { search: {} } }, search: {} },
  }
  const policies = await Promise.all(
    [file, pathToFileURL(file), object].map((source) =>
      loadPolicy(source, { environment: 'prod' }),
    ),
  )
  for (const { services } of policies) expect(services).toEqual(policies[0]?.services)
  expect(policies[0]?.url('search')).toBe('https://search-123.us-central1.run.app')
})

test('the byte order mark of a Windows editor is skipped', async () => {
  const policy = await loadPolicy(await fileWith(`\uFEFF${text}`), { environment: 'prod' })
  expect(policy.environment).toBe('prod')
})

test('the environment comes from the option, else from COUNTERSIGN_ENVIRONMENT', async () => {
  vi.stubEnv('COUNTERSIGN_ENVIRONMENT', 'staging')
  const named = await loadPolicy(acme, { environment: 'prod' })
  const found = await loadPolicy(acme)
  expect([named.environment, found.environment]).toEqual(['prod', 'staging'])
  expect(found.url('login')).toBe('https://login-456.us-central1.run.app')
})

test('a file that is not there is unreadable, and the error says from where it was looked for', async () => {
  const { code, message } = await refusal(() => loadPolicy('/nowhere/countersign.jsonc'))
  expect({ code, message }).toEqual({
    code: 'policy_unreadable',
    message: `/nowhere/countersign.jsonc can't be read (ENOENT: no such file or directory, open '/nowhere/countersign.jsonc'): write the path of a policy file, from ${process.cwd()} or from the root`,
  })
})

test.each([
  { source: 7, kind: 'number' },
  { source: null, kind: 'null' },
])('$source is neither a path nor an object', async ({ source, kind }) => {
  await expect(loadPolicy(source as never)).rejects.toThrow(
    new TypeError(
      `the policy must be a path, a file: URL or an object, but is ${kind}: pass the path of a policy file, or the policy as an object`,
    ),
  )
})

test('everything wrong is told at once, each with its line and column', async () => {
  const file = await fileWith(`{
  "services": {
    "login": {
      "serviceAcount": "login-run@acme.iam.gserviceaccount.com",
      "calls": { "user-profiles": [{ "methods": ["get"] }], "serch": {} },
    },
    "user-profiles": { "url": "http://user-profiles.acme.example" },
    "search": { "serviceAccount": "Search@acme.iam.gserviceaccount.com" },
  },
}`)
  const error = await refusal(() => loadPolicy(file))
  expect(error.path).toBe('services.login.serviceAcount')
  expect({ code: error.code, message: error.message }).toEqual({
    code: 'policy_invalid',
    message: `${file} is not a valid policy: 5 problems
  4:7 services.login.serviceAcount is an unknown key: write one of "url", "serviceAccount", "subject", "sharesAccount", "project", "projectNumber", "region", "audiences", "public", "unauthenticated", "calls", "headers", "command", "port" (did you mean "serviceAccount"?)
  5:50 services.login.calls["user-profiles"][0].methods[0] is "get": write one of "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY" (did you mean "GET"?)
  5:61 services.login.calls.serch is not a service of this policy: write one of "login", "user-profiles", "search" (did you mean "search"?), or add it to "services"
  7:24 services["user-profiles"].url is "http://user-profiles.acme.example": write "https://user-profiles.acme.example", an https origin without a path or a slash at the end
  8:17 services.search.serviceAccount is "Search@acme.iam.gserviceaccount.com": write a service account's email in lower case, such as "login-run@acme.iam.gserviceaccount.com"
  countersign.schema.json of @countersign/policy describes each field`,
  })
})

test('the file that describes each field is one of the package', async () => {
  const { message } = await refusal(() => loadPolicy({ services: {}, extra: 1 } as never))
  const [, file = '', name = ''] = /^ {2}(\S+) of (\S+) describes each field$/m.exec(message) ?? []
  const shipped = createRequire(import.meta.url).resolve(`${name}/${file}`)
  expect(JSON.parse(await readFile(shipped, 'utf8'))).toHaveProperty('properties.services')
})

test('a service that the policy does not know is refused with the names it knows', async () => {
  const policy = await loadPolicy(acme, { environment: 'prod' })
  for (const ask of [policy.receiver, policy.caller, policy.url]) {
    const { code, message } = await refusal(() => ask('user-profile'))
    expect({ code, message }).toEqual({
      code: 'service_unknown',
      message: `the policy has no service "user-profile": write one of "login", "user-profiles", "search" (did you mean "user-profiles"?), or add it to "services"`,
    })
  }
})

test('a cron without a URL may call, but has no place to be called at', async () => {
  const policy = await loadPolicy({
    services: {
      cron: { serviceAccount: 'cron-run@acme.iam.gserviceaccount.com', calls: { jobs: {} } },
      jobs: {
        url: 'https://jobs.acme.example',
        serviceAccount: 'jobs-run@acme.iam.gserviceaccount.com',
      },
    },
  })
  expect(policy.caller('cron').targets).toHaveLength(1)
  const { code, message } = await refusal(() => policy.url('cron'))
  expect({ code, message }).toEqual({
    code: 'no_url',
    message: `the service "cron" has no url, and none can be derived from its name: write "url", or "projectNumber" and "region" in the service or its environment`,
  })
})

test('under the emulator, url and targets are front doors, while aud stays', async () => {
  vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
  vi.stubEnv('COUNTERSIGN_SERVICE_URLS', '{"user-profiles":"http://127.0.0.1:8081"}')
  const policy = await loadPolicy(acme, { environment: 'prod' })
  expect(policy.url('user-profiles')).toBe('http://127.0.0.1:8081')
  expect(policy.url('search')).toBe('https://search-123.us-central1.run.app')
  expect(policy.caller('login').targets).toMatchObject([
    { url: 'http://127.0.0.1:8081', audience: 'https://user-profiles-123.us-central1.run.app' },
  ])
})

test('front doors without the emulator are not heeded', async () => {
  vi.stubEnv('COUNTERSIGN_SERVICE_URLS', '{"user-profiles":"https://evil.example"}')
  const policy = await loadPolicy(acme, { environment: 'prod' })
  expect(policy.url('user-profiles')).toBe('https://user-profiles-123.us-central1.run.app')
})

test('the emulator on Google Cloud stops the start', async () => {
  vi.stubEnv('COUNTERSIGN_EMULATOR', 'http://127.0.0.1:8790')
  vi.stubEnv('K_SERVICE', 'login')
  await expect(loadPolicy(acme, { environment: 'prod' })).rejects.toThrow(TypeError)
})
