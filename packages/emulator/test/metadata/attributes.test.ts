import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, samplePolicy } from '../policy.ts'
import { type Answer, getMetadata } from '../send.ts'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())

function get(path: string): Promise<Answer> {
  return getMetadata(emulator.env('login').GCE_METADATA_HOST, path)
}

const v1 = '/computeMetadata/v1'
const scope = 'https://www.googleapis.com/auth/cloud-platform'

test.for([
  [`${v1}/project/project-id`, 'acme'],
  [`${v1}/project/numeric-project-id`, '123'],
  [`${v1}/instance/region`, 'projects/123/regions/us-central1'],
  [`${v1}/instance/zone`, 'projects/123/zones/us-central1-1'],
  [`${v1}/universe/universe-domain`, 'googleapis.com'],
  [`${v1}/instance/service-accounts/default/email`, loginEmail],
  [`${v1}/instance/service-accounts/default/aliases`, 'default\n'],
  [`${v1}/instance/service-accounts/default/scopes`, `${scope}\n`],
  [`${v1}/instance/service-accounts/`, `default/\n${loginEmail}/\n`],
  [`${v1}/instance/service-accounts/${loginEmail}/`, 'aliases\nemail\nidentity\nscopes\ntoken\n'],
  ['/', 'computeMetadata/\n'],
  [`${v1}/`, 'instance/\nproject/\nuniverse/\n'],
  [`${v1}/instance`, 'id\nregion\nservice-accounts/\nzone\n'],
])('%s', async ([path = '', body]) => {
  const answer = await get(path)
  expect(answer).toMatchObject({ status: 200, body })
  expect(answer.headers).toMatchObject({
    'metadata-flavor': 'Google',
    'content-type': 'application/text',
  })
})

test('recursive=true answers a directory as JSON', async () => {
  const account = { aliases: ['default'], email: loginEmail, scopes: [scope] }
  const path = `${v1}/instance/service-accounts`
  const { headers, body } = await get(`${path}/default/?recursive=true`)
  expect(headers['content-type']).toBe('application/json')
  expect(JSON.parse(body)).toEqual(account)
  expect(JSON.parse((await get(`${path}/?recursive=true`)).body)).toEqual({
    default: account,
    [loginEmail]: account,
  })
  expect(JSON.parse((await get(`${v1}/project/?recursive=true`)).body)).toEqual({
    numericProjectId: 123,
    projectId: 'acme',
  })
})

test('alt=text beside recursive=true: a line for each value, with its path', async () => {
  const account = `${v1}/instance/service-accounts/default/?recursive=true&alt=text`
  const { headers, body } = await get(account)
  expect(headers['content-type']).toBe('application/text')
  expect(body).toBe(`aliases default\nemail ${loginEmail}\nscopes ${scope}\n`)
  expect((await get(`${v1}/?recursive=true&alt=text`)).body).toContain(
    `instance/service-accounts/default/email ${loginEmail}\n`,
  )
  expect((await get(`${v1}/project/project-id?recursive=true&alt=text`)).body).toBe('acme')
})

test.for([
  `${v1}/instance/nope`,
  `${v1}/instance/region/nope`,
  `${v1}/constructor`,
  `${v1}/__proto__`,
  '/computeMetadata/v2/',
  `${v1}/instance/service-accounts/other-run@acme.iam.gserviceaccount.com/email`,
])('%s is not there', async (path) => {
  expect((await get(path)).status).toBe(404)
})
