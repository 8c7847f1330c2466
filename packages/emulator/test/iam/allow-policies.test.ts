import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { loginEmail, samplePolicy } from '../policy.ts'
import {
  addBinding,
  ask,
  invoker,
  profiles,
  readPolicy,
  removeBinding,
  resourceManager,
  run,
  setAbove,
  writePolicy,
} from './_gcloud.ts'

const member = 'serviceAccount:stranger-run@acme.iam.gserviceaccount.com'

let emulator: Emulator
beforeAll(async () => {
  emulator = await startEmulator({ policy: await samplePolicy() })
})
afterAll(() => emulator.stop())
afterEach(async () => {
  emulator.setAccess('user-profiles', { invokerCheck: true, ingress: 'all', iap: false })
  await writePolicy(emulator, {
    bindings: [{ role: invoker, members: [`serviceAccount:${loginEmail}`] }],
  })
})

describe('at the start', () => {
  test('a service has the callers of the policy file as invokers', async () => {
    expect(await readPolicy(emulator)).toEqual({
      status: 200,
      body: {
        version: 1,
        bindings: [{ role: invoker, members: [`serviceAccount:${loginEmail}`] }],
        etag: expect.stringMatching(/^[\w+/]{11}=$/),
      },
    })
  })

  test('pushes and allUsers are in it too', async () => {
    const search = profiles.replace('user-profiles', 'search')
    const members = (await readPolicy(emulator, search)).body.bindings?.[0]?.members
    expect(members).toEqual([
      'serviceAccount:cron-run@acme-jobs.iam.gserviceaccount.com',
      'serviceAccount:pusher@acme.iam.gserviceaccount.com',
    ])
    const status = profiles.replace('user-profiles', 'status')
    const { body } = await readPolicy(emulator, status)
    expect(body.bindings).toEqual([{ role: invoker, members: ['allUsers'] }])
  })

  test('a policy that nobody wrote is its etag alone', async () => {
    const login = profiles.replace('user-profiles', 'login')
    expect((await readPolicy(emulator, login)).body).toEqual({ etag: 'ACAB' })
  })

  test.each([
    ['POST', '/v1/projects/acme'],
    ['POST', '/v1/projects/123'],
    ['POST', '/v3/projects/acme'],
    ['POST', '/v2/folders/200000000001'],
    ['POST', '/v3/folders/200000000001'],
    ['POST', '/v1/organizations/100000000001'],
    ['POST', '/v3/organizations/100000000001'],
  ])('%s %s:getIamPolicy is empty', async (method, path) => {
    const options = { options: { requestedPolicyVersion: 3 } }
    const url = `${resourceManager}${path}:getIamPolicy`
    expect(await ask(emulator, method, url, options)).toEqual({
      status: 200,
      body: { etag: 'ACAB' },
    })
  })
})

describe('setIamPolicy', () => {
  test.each(['v1', 'v2'])(
    '%s grants and revokes, and answers with the policy as it is',
    async (version) => {
      const bindings = [{ role: invoker, members: [member] }]
      const url = `${run}/${version}/${profiles}`
      const written = await ask(emulator, 'POST', `${url}:setIamPolicy`, { policy: { bindings } })
      expect(written).toEqual({
        status: 200,
        body: { version: 1, bindings, etag: expect.any(String) },
      })
      expect(await ask(emulator, 'GET', `${url}:getIamPolicy`)).toEqual(written)
      const emptied = await ask(emulator, 'POST', `${url}:setIamPolicy`, {
        policy: { bindings: [] },
      })
      expect(emptied.body).toEqual({ etag: expect.any(String) })
      expect(emptied.body.etag).not.toBe(written.body.etag)
    },
  )

  test('each change has another etag, and a write without a change keeps it', async () => {
    const first = await readPolicy(emulator)
    const added = await addBinding(emulator, { member })
    expect(added.body.etag).not.toBe(first.body.etag)
    expect((await writePolicy(emulator, added.body)).body.etag).toBe(added.body.etag)
    const removed = await removeBinding(emulator, { member })
    expect(removed.body.bindings).toEqual(first.body.bindings)
    expect(removed.body.etag).not.toBe(first.body.etag)
  })

  test('a stale etag gets 409, and changes nothing', async () => {
    const { body: stale } = await readPolicy(emulator)
    await addBinding(emulator, { member })
    const { status, body } = await writePolicy(emulator, stale)
    expect(status).toBe(409)
    expect(body.error).toMatchObject({ code: 409, status: 'ABORTED' })
    expect((await readPolicy(emulator)).body.bindings?.[0]?.members).toContain(member)
  })

  test('an etag in the other alphabet of base64, as gcloud writes it, is the same', async () => {
    for (let round = 0; round < 20; round += 1) {
      const { body } = await readPolicy(emulator)
      const etag = body.etag?.replaceAll('+', '-').replaceAll('/', '_')
      const bindings = [{ role: invoker, members: [`user:person${round}@acme.example`] }]
      expect((await writePolicy(emulator, { bindings, etag })).status).toBe(200)
    }
  })

  test('two writes from the same read: one of them wins', async () => {
    const { body } = await readPolicy(emulator)
    const writes = ['a', 'b'].map((name) => {
      const bindings = [{ role: invoker, members: [`user:${name}@acme.example`] }]
      return writePolicy(emulator, { bindings, etag: body.etag })
    })
    const statuses = (await Promise.all(writes)).map(({ status }) => status)
    expect(statuses.sort()).toEqual([200, 409])
  })

  test('emails are in lower case, and a member counts once', async () => {
    const members = ['user:Ada@Acme.example', 'user:ada@acme.example']
    const { body } = await writePolicy(emulator, { bindings: [{ role: invoker, members }] })
    expect(body.bindings).toEqual([{ role: invoker, members: ['user:ada@acme.example'] }])
  })

  test.each([
    'allUsers',
    'allAuthenticatedUsers',
    'group:team@acme.example',
    'domain:acme.example',
    'serviceAccount:acme.svc.id.goog[default/login]',
    'deleted:serviceAccount:login-run@acme.iam.gserviceaccount.com?uid=123456789012345678901',
    'deleted:user:ada@acme.example?uid=123456789012345678901',
    'principal://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/subject/s',
    'principalSet://iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/*',
    'projectOwner:acme',
    "user:o'hara+x@acme.example",
  ])('%s is kept as it is', async (kept) => {
    const bindings = [{ role: invoker, members: [kept] }]
    expect((await writePolicy(emulator, { bindings })).body.bindings).toEqual(bindings)
  })

  test.each([
    ['login-run@acme.iam.gserviceaccount.com', /of an unknown type/],
    ['robot:login', /of an unknown type/],
    ['user:', /Invalid member/],
    [`user:${'x'.repeat(2_000)}@acme.example`, /Invalid member/],
    ['user:a b@acme.example', /Invalid member/],
    ['user:$(reboot)@acme.example', /Invalid member/],
    ['user:a@acme.example\n', /Invalid member/],
    ['user:`x`@acme.example', /Invalid member/],
    ['serviceAccount:<script>@acme.iam.gserviceaccount.com', /Invalid member/],
    ['user:login-run@acme.iam.gserviceaccount.com', /is of type "serviceAccount"/],
    ['serviceAccount:ada@acme.example', /is of type "user"/],
    ['deleted:serviceAccount:login-run@acme.iam.gserviceaccount.com', /Invalid member/],
    ['\u202euser:a@acme.example', /of an unknown type/],
    [{ toString: 'x' }, /Invalid member/],
  ])('the member %j gets 400', async (wrong, message) => {
    const { status, body } = await writePolicy(emulator, {
      bindings: [{ role: invoker, members: [wrong] }],
    })
    expect(status).toBe(400)
    expect(body.error?.message).toMatch(message)
    expect(body.error?.message).toMatch(/^[ -~]*$/)
  })

  test.each([
    ['no policy', undefined],
    ['a list', []],
    ['a wrong version', { version: 2 }],
    ['an unknown field', { bindngs: [] }],
    ['an unknown role', { bindings: [{ role: 'roles/run.invokers', members: ['allUsers'] }] }],
    ['a role without its prefix', { bindings: [{ role: 'run.invoker', members: ['allUsers'] }] }],
    ['no role', { bindings: [{ members: ['allUsers'] }] }],
    ['members that are a text', { bindings: [{ role: invoker, members: 'allUsers' }] }],
    ['bindings that are an object', { bindings: {} }],
    ['an etag that is a number', { etag: 1 }],
  ])('%s gets 400', async (_title, policy) => {
    const { status, body } = await writePolicy(emulator, policy)
    expect({ status, code: body.error?.status }).toEqual({ status: 400, code: 'INVALID_ARGUMENT' })
  })

  test('a policy has at most 1,500 members, and 250 groups', async () => {
    const many = (kind: string, count: number) => [
      {
        role: invoker,
        members: Array.from({ length: count }, (_, n) => `${kind}:m${n}@acme.example`),
      },
    ]
    expect((await writePolicy(emulator, { bindings: many('user', 1_500) })).status).toBe(200)
    expect((await writePolicy(emulator, { bindings: many('user', 1_501) })).status).toBe(400)
    expect((await writePolicy(emulator, { bindings: many('group', 251) })).status).toBe(400)
  })

  test.each([
    ['what is not JSON', 'policy'],
    ['a list', '[]'],
    ['nothing', ''],
  ])('%s gets 400', async (_title, body) => {
    expect((await ask(emulator, 'POST', `${run}/v1/${profiles}:setIamPolicy`, body)).status).toBe(
      400,
    )
  })
})

describe('conditions', () => {
  const condition = {
    title: 'soon',
    expression: 'request.time < timestamp("2999-01-01T00:00:00Z")',
  }

  test('make it version 3, and the same role can be there without one', async () => {
    const { body } = await addBinding(emulator, { member, condition })
    expect(body.version).toBe(3)
    expect(body.bindings).toEqual([
      { role: invoker, members: [`serviceAccount:${loginEmail}`] },
      { role: invoker, members: [member], condition },
    ])
  })

  test('need version 3 in a write', async () => {
    const bindings = [{ role: invoker, members: [member], condition }]
    expect((await writePolicy(emulator, { bindings, version: 1 })).status).toBe(400)
    expect((await writePolicy(emulator, { bindings, version: 3 })).status).toBe(200)
  })

  test('a reader of version 1 gets a renamed role, and can not write it back', async () => {
    await addBinding(emulator, { member, condition })
    const { body } = await ask(emulator, 'GET', `${run}/v1/${profiles}:getIamPolicy`)
    expect(body.version).toBe(1)
    expect(body.bindings?.[1]).toEqual({
      role: expect.stringMatching(/^roles\/run\.invoker_withcond_[0-9a-f]{20}$/),
      members: [member],
    })
    expect((await writePolicy(emulator, body)).status).toBe(400)
  })

  test('are lost in a write without etag, and kept from one with it and an older version', async () => {
    const { body } = await addBinding(emulator, { member, condition })
    const bindings = [{ role: invoker, members: [member] }]
    const older = await writePolicy(emulator, { bindings, etag: body.etag, version: 1 })
    expect(older.status).toBe(400)
    expect((await writePolicy(emulator, { bindings })).body).toMatchObject({ version: 1, bindings })
  })

  test.each([
    ['no title', { expression: 'true' }],
    ['no expression', { title: 'x' }],
    ['a long title', { title: 'x'.repeat(101), expression: 'true' }],
    ['a text', 'true'],
  ])('%s gets 400', async (_title, wrong) => {
    const bindings = [{ role: invoker, members: [member], condition: wrong }]
    expect((await writePolicy(emulator, { bindings, version: 3 })).status).toBe(400)
  })

  test('basic roles have none', async () => {
    const bindings = [{ role: 'roles/owner', members: [member], condition }]
    expect((await writePolicy(emulator, { bindings, version: 3 })).status).toBe(400)
  })

  test.each(['2', '4', 'x'])('version %s can not be requested', async (version) => {
    const url = `${run}/v1/${profiles}:getIamPolicy?options.requestedPolicyVersion=${version}`
    expect((await ask(emulator, 'GET', url)).status).toBe(400)
  })
})

describe('what does not exist', () => {
  test.each([
    'projects/acme/locations/us-central1/services/nope',
    'projects/acme/locations/europe-west1/services/user-profiles',
    'projects/other/locations/us-central1/services/user-profiles',
    'projects/acme/locations/us-central1/services/__proto__',
  ])('%s gets 404', async (service) => {
    const { status, body } = await readPolicy(emulator, service)
    expect({ status, code: body.error?.status }).toEqual({ status: 404, code: 'NOT_FOUND' })
    expect((await writePolicy(emulator, { bindings: [] }, service)).status).toBe(404)
  })

  test.each(['v1/projects/other', 'v2/folders/1', 'v1/organizations/1'])(
    '%s gets 403',
    async (path) => {
      const { status } = await ask(emulator, 'POST', `${resourceManager}/${path}:getIamPolicy`, {})
      expect(status).toBe(403)
    },
  )
})

test('getAncestry lists project, folder and organization', async () => {
  const url = `${resourceManager}/v1/projects/acme:getAncestry?alt=json`
  expect((await ask(emulator, 'POST', url, {})).body).toEqual({
    ancestor: [
      { resourceId: { type: 'project', id: 'acme' } },
      { resourceId: { type: 'folder', id: '200000000001' } },
      { resourceId: { type: 'organization', id: '100000000001' } },
    ],
  })
})

describe('services in Cloud Run’s API', () => {
  const knative = '/apis/serving.knative.dev/v1/namespaces/acme/services/user-profiles'
  const byLocation = `/v1/${profiles}`

  test.each([`http://us-central1-run.googleapis.com${knative}`, `${run}${byLocation}`])(
    'GET %s describes it as gcloud expects',
    async (url) => {
      const { body } = await ask(emulator, 'GET', url)
      expect(body).toMatchObject({
        kind: 'Service',
        metadata: {
          name: 'user-profiles',
          namespace: '123',
          labels: { 'cloud.googleapis.com/location': 'us-central1' },
          annotations: {
            'run.googleapis.com/ingress': 'all',
            'run.googleapis.com/custom-audiences': '["https://user-profiles.acme.example"]',
          },
        },
        spec: {
          template: {
            spec: { serviceAccountName: 'user-profiles-run@acme.iam.gserviceaccount.com' },
          },
        },
        status: { url: 'https://user-profiles-123.us-central1.run.app' },
      })
    },
  )

  test('v2 has fields for the switches', async () => {
    emulator.setAccess('user-profiles', { invokerCheck: false, ingress: 'internal', iap: true })
    expect((await ask(emulator, 'GET', `${run}/v2/${profiles}`)).body).toMatchObject({
      name: profiles,
      invokerIamDisabled: true,
      iapEnabled: true,
      ingress: 'INGRESS_TRAFFIC_INTERNAL_ONLY',
      uri: 'https://user-profiles-123.us-central1.run.app',
    })
  })

  test('a list has those of a project, or of a region', async () => {
    async function names(path: string) {
      const { body } = await ask(emulator, 'GET', run + path)
      const { items } = body as unknown as { items: { metadata: { name: string } }[] }
      return items.map(({ metadata }) => metadata.name)
    }
    const all = ['login', 'user-profiles', 'search', 'status']
    expect(await names('/v1/projects/acme/locations/-/services')).toEqual(all)
    expect(await names('/v1/projects/acme/locations/us-central1/services')).toEqual(all)
    expect(await names('/v1/projects/acme/locations/us-east1/services')).toEqual([])
    expect(await names('/apis/serving.knative.dev/v1/namespaces/acme-jobs/services')).toEqual([
      'cron',
    ])
  })

  test('an update changes the switches, and nothing else', async () => {
    const service = (await ask(emulator, 'GET', run + byLocation)).body as unknown as {
      metadata: { annotations: Record<string, string> }
      spec: { template: { spec: { serviceAccountName: string } } }
    }
    service.metadata.annotations = {
      'run.googleapis.com/ingress': 'internal',
      'run.googleapis.com/invoker-iam-disabled': 'True',
    }
    service.spec.template.spec.serviceAccountName = 'other@acme.iam.gserviceaccount.com'
    const { body } = await ask(emulator, 'PUT', run + knative, service)
    expect(body).toMatchObject({
      metadata: {
        annotations: {
          'run.googleapis.com/ingress': 'internal',
          'run.googleapis.com/invoker-iam-disabled': 'true',
        },
      },
      spec: {
        template: {
          spec: { serviceAccountName: 'user-profiles-run@acme.iam.gserviceaccount.com' },
        },
      },
    })
    expect(await accessOf('user-profiles')).toEqual({
      invokerCheck: false,
      ingress: 'internal',
      iap: false,
    })
  })

  test.each([
    ['another name', { metadata: { name: 'search' } }],
    [
      'an unknown ingress',
      {
        metadata: { name: 'user-profiles', annotations: { 'run.googleapis.com/ingress': 'none' } },
      },
    ],
    ['no metadata', {}],
  ])('an update with %s gets 400', async (_title, service) => {
    expect((await ask(emulator, 'PUT', run + knative, service)).status).toBe(400)
  })

  async function accessOf(name: string) {
    const answer = await fetch(`${emulator.url}/emulator/v1/state`)
    const { services } = (await answer.json()) as { services: { name: string; access: object }[] }
    return services.find((service) => service.name === name)?.access
  }
})

describe('with an access token', () => {
  async function tokenOf(service: string): Promise<Record<string, string>> {
    const { GCE_METADATA_HOST: host } = emulator.env(service)
    const path = '/computeMetadata/v1/instance/service-accounts/default/token'
    const answer = await fetch(`http://${host}${path}`, {
      headers: { 'metadata-flavor': 'Google' },
    })
    const { access_token: token } = (await answer.json()) as { access_token: string }
    return { authorization: `Bearer ${token}` }
  }

  const write = `${run}/v1/${profiles}:setIamPolicy`
  const read = `${run}/v1/${profiles}:getIamPolicy`
  const open = { policy: { bindings: [{ role: invoker, members: ['allUsers'] }] } }

  test('a service opens no door, its own included', async () => {
    for (const service of ['login', 'user-profiles']) {
      const headers = await tokenOf(service)
      const { status, body } = await ask(emulator, 'POST', write, open, headers)
      expect({ status, code: body.error?.status }).toEqual({
        status: 403,
        code: 'PERMISSION_DENIED',
      })
      expect((await ask(emulator, 'GET', read, undefined, headers)).status).toBe(403)
    }
    const disabled = { 'run.googleapis.com/invoker-iam-disabled': 'true' }
    const metadata = { name: 'user-profiles', annotations: disabled }
    const update = await ask(
      emulator,
      'PUT',
      `${run}/v1/${profiles}`,
      { metadata },
      await tokenOf('login'),
    )
    expect(update.status).toBe(403)
  })

  test('one with a role that holds the permission can', async () => {
    const headers = await tokenOf('login')
    await addBinding(emulator, { role: 'roles/run.viewer', member: `serviceAccount:${loginEmail}` })
    expect((await ask(emulator, 'GET', read, undefined, headers)).status).toBe(200)
    expect((await ask(emulator, 'POST', write, open, headers)).status).toBe(403)
    await setAbove(emulator, 'projects/acme', [
      { role: 'roles/run.admin', members: [`serviceAccount:${loginEmail}`] },
    ])
    expect((await ask(emulator, 'POST', write, open, headers)).status).toBe(200)
    await setAbove(emulator, 'projects/acme', [])
  })

  test('a developer changes a service, and does not turn the check off', async () => {
    await addBinding(emulator, {
      role: 'roles/run.developer',
      member: `serviceAccount:${loginEmail}`,
    })
    const headers = await tokenOf('login')
    const update = (annotations: Record<string, string>) =>
      ask(
        emulator,
        'PUT',
        `${run}/v1/${profiles}`,
        { metadata: { name: 'user-profiles', annotations } },
        headers,
      )
    expect((await update({ 'run.googleapis.com/ingress': 'internal' })).status).toBe(200)
    expect((await update({ 'run.googleapis.com/invoker-iam-disabled': 'true' })).status).toBe(403)
  })

  test.each(['Bearer ya29.made-up', 'Bearer ', 'Basic eDp5', 'x'])(
    '%s gets 401',
    async (authorization) => {
      const { status, body } = await ask(emulator, 'POST', write, open, { authorization })
      expect({ status, code: body.error?.status }).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
    },
  )

  test('testIamPermissions answers for whom it is', async () => {
    const permissions = ['run.routes.invoke', 'run.services.setIamPolicy', 'run.unheard.of']
    const url = `${run}/v1/${profiles}:testIamPermissions`
    const asked = async (headers = {}) =>
      (await ask(emulator, 'POST', url, { permissions }, headers)).body
    expect(await asked()).toEqual({ permissions })
    expect(await asked(await tokenOf('login'))).toEqual({ permissions: ['run.routes.invoke'] })
    expect(await asked(await tokenOf('search'))).toEqual({})
  })
})
