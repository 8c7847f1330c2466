/** From outside of Google to the app: federations, people who impersonate, and who may not. */

import {
  applicationDefault,
  type ExternalAccountConfig,
  impersonate,
  workloadIdentityFederation,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { search, startWorld, type World } from './_world.ts'

/** A configuration for search whose subject tokens come from elsewhere than the emulator's URL. */
function from({ emulator }: World, credential_source: object): ExternalAccountConfig {
  return { ...emulator.federation('search'), credential_source }
}

/** A subject token as the foreign machine's own provider gives it. */
async function subjectToken({ emulator }: World): Promise<string> {
  const { url, headers } = emulator.federation('search').credential_source
  const { value } = (await (await fetch(url, { headers })).json()) as { value: string }
  return value
}

/** A laptop's own would be taken before the instance's. */
function stubNoAwsCredentials(): void {
  for (const name of ['REGION', 'DEFAULT_REGION', 'ACCESS_KEY_ID', 'SESSION_TOKEN']) {
    vi.stubEnv(`AWS_${name}`, undefined)
  }
}

const exchanged = ['sts', 'generate-id-token']

describe('workloadIdentityFederation', () => {
  test('is the account that a subject token from a URL may become', async () => {
    const { ask, emulator, endpoints } = await startWorld()
    const identity = workloadIdentityFederation({ ...emulator.federation('search') })
    expect(await ask(identity)).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['subject-token', ...exchanged])
  })

  test('is that of a subject token from a file, with the configuration in a file too', async () => {
    const world = await startWorld()
    const file = await world.write('subject', await subjectToken(world))
    const config = await world.write('federation.json', from(world, { file }))
    expect(await world.ask(workloadIdentityFederation(config))).toEqual({
      status: 200,
      asked: search,
    })
    expect(world.endpoints()).toEqual(['subject-token', ...exchanged])
  })

  test('is that of a subject token from a program', async () => {
    const world = await startWorld()
    vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1')
    const said = {
      version: 1,
      success: true,
      token_type: 'urn:ietf:params:oauth:token-type:id_token',
      id_token: await subjectToken(world),
      expiration_time: Math.floor(Date.now() / 1000) + 60,
    }
    const command = `cat ${await world.write('said.json', said)}`
    const identity = workloadIdentityFederation(from(world, { executable: { command } }))
    expect(await world.ask(identity)).toEqual({ status: 200, asked: search })
  })

  test('is that which the role of an instance at AWS may become', async () => {
    stubNoAwsCredentials()
    const { ask, emulator, endpoints } = await startWorld()
    const identity = workloadIdentityFederation({ ...emulator.awsFederation('search') })
    expect(await ask(identity)).toEqual({ status: 200, asked: search })
    expect([...new Set(endpoints())]).toEqual(['aws-instance', ...exchanged])
  })

  test('with another role’s credentials in the environment is refused', async () => {
    stubNoAwsCredentials()
    const { ask, emulator } = await startWorld()
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIAEXAMPLE')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'example')
    const identity = workloadIdentityFederation({ ...emulator.awsFederation('search') })
    await expect(ask(identity)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('invalid_grant'),
    })
  })

  test('with a subject token that the pool doesn’t trust is refused', async () => {
    const world = await startWorld()
    const forged = await world.emulator.idToken('search', 'https://pool.example')
    const identity = workloadIdentityFederation(
      from(world, { file: await world.write('subject', forged) }),
    )
    await expect(world.ask(identity)).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('invalid_grant'),
    })
  })

  test('becomes no other account than its own', async () => {
    const { ask, emulator } = await startWorld()
    const config = emulator.federation('search')
    const url = config.service_account_impersonation_url.replace('search-run@', 'middle@')
    const identity = workloadIdentityFederation({
      ...config,
      service_account_impersonation_url: url,
    })
    await expect(ask(identity)).rejects.toMatchObject({
      code: 'identity_unavailable',
      hint: expect.stringContaining('roles/iam.workloadIdentityUser'),
    })
  })
})

describe('impersonate', () => {
  test('starts from a federation', async () => {
    const { ask, emulator, endpoints } = await startWorld()
    const source = workloadIdentityFederation({ ...emulator.federation('middle') })
    expect(await ask(impersonate({ serviceAccount: search, source }))).toEqual({
      status: 200,
      asked: search,
    })
    expect(endpoints()).toEqual([
      'subject-token',
      'sts',
      'generate-access-token',
      'generate-id-token',
    ])
  })
})

describe('applicationDefault', () => {
  test('federates from AWS as a file says', async () => {
    stubNoAwsCredentials()
    const { ask, emulator, write } = await startWorld()
    const file = await write('aws.json', emulator.awsFederation('search'))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
    expect(await ask()).toEqual({ status: 200, asked: search })
  })

  test('federates as a file says', async () => {
    const { ask, emulator, write } = await startWorld()
    const file = await write('federation.json', emulator.federation('search'))
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
    expect(await ask()).toEqual({ status: 200, asked: search })
  })

  test('lets a person impersonate who is told whom, and refuses them alone', async () => {
    const { ask, emulator, endpoints, write } = await startWorld()
    const file = await write('user.json', emulator.userCredentials())
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
    await expect(ask()).rejects.toMatchObject({ code: 'user_credentials' })
    expect(await ask(applicationDefault({ serviceAccount: search }))).toEqual({
      status: 200,
      asked: search,
    })
    expect(endpoints()).toEqual(['token', 'generate-id-token'])
  })

  test('impersonates with a person as a file says: gcloud’s --impersonate-service-account', async () => {
    const { ask, emulator, endpoints, write } = await startWorld()
    const file = await write('impersonated.json', {
      type: 'impersonated_service_account',
      service_account_impersonation_url:
        emulator.federation('search').service_account_impersonation_url,
      delegates: [],
      source_credentials: emulator.userCredentials(),
    })
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', file)
    expect(await ask()).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token', 'generate-id-token'])
  })
})
