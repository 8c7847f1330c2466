/** Application Default Credentials choose as Google's libraries do, up to the app. */

import { applicationDefault } from '@countersign/caller'
import { GoogleAuth } from 'google-auth-library'
import { describe, expect, test, vi } from 'vitest'
import { login, search, startWorld, type World } from './_world.ts'

const adc = 'application_default_credentials.json'

/** The folder of gcloud's own files: the one that holds what is written. */
async function writeAdc({ write }: World, content: unknown): Promise<void> {
  const path = await write(adc, content)
  vi.stubEnv('CLOUDSDK_CONFIG', path.slice(0, -adc.length - 1))
}

async function nameFile({ write }: World, content: unknown): Promise<void> {
  vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', await write('named.json', content))
}

/** The account that Google's own library finds in the same environment. */
async function foundByGoogle(): Promise<string | null | undefined> {
  const auth = new GoogleAuth()
  const { client_email: email } = await auth.getCredentials()
  return email
}

function impersonated({ emulator }: World, serviceAccount: string, source: object): object {
  return {
    type: 'impersonated_service_account',
    service_account_impersonation_url: `${emulator.url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    delegates: [],
    source_credentials: source,
  }
}

describe('applicationDefault', () => {
  test('takes the file that is named before all else', async () => {
    const world = await startWorld()
    const { ask, emulator, endpoints } = world
    await writeAdc(world, await emulator.serviceAccountKey('middle'))
    await nameFile(world, await emulator.serviceAccountKey('search'))
    expect(await ask()).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token'])
    expect(await foundByGoogle()).toBe(search)
  })

  test("takes gcloud's file before the metadata server", async () => {
    const world = await startWorld()
    const { ask, emulator, endpoints } = world
    await writeAdc(world, await emulator.serviceAccountKey('search'))
    expect(await ask()).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token'])
    expect(await foundByGoogle()).toBe(search)
  })

  test('takes the metadata server where there is no file', async () => {
    const { ask, endpoints } = await startWorld()
    expect(await ask()).toEqual({ status: 200, asked: login })
    expect(endpoints()).toEqual(['identity'])
    expect(await foundByGoogle()).toBe(login)
  })

  test('fails by a file that is named and missing, as Google’s do, rather than go on', async () => {
    const { ask, endpoints } = await startWorld()
    vi.stubEnv('GOOGLE_APPLICATION_CREDENTIALS', '/nowhere/key.json')
    await expect(ask()).rejects.toMatchObject({ code: 'no_credentials' })
    await expect(foundByGoogle()).rejects.toThrow('/nowhere/key.json')
    expect(endpoints()).not.toContain('identity')
  })

  test('impersonates as a file says', async () => {
    const world = await startWorld()
    const { ask, emulator, endpoints } = world
    await writeAdc(world, impersonated(world, search, await emulator.serviceAccountKey('middle')))
    expect(await ask()).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token', 'generate-id-token'])
  })

  test('impersonates as it is told, with whatever is found', async () => {
    const { ask, endpoints } = await startWorld()
    expect(await ask(applicationDefault({ serviceAccount: search }))).toEqual({
      status: 200,
      asked: search,
    })
    expect(endpoints()).toEqual(['access-token', 'generate-id-token'])
  })

  test('refuses a person with the command that helps, before anybody is asked', async () => {
    const world = await startWorld()
    await writeAdc(world, {
      type: 'authorized_user',
      client_id: '764086051850-example.apps.googleusercontent.com',
      client_secret: 'secret',
      refresh_token: '1//refresh',
      token_uri: `${world.emulator.url}/token`,
    })
    await expect(world.ask()).rejects.toMatchObject({
      code: 'user_credentials',
      hint: expect.stringMatching(
        /^Run gcloud auth application-default login --impersonate-service-account=ACCOUNT/,
      ),
    })
    expect(world.endpoints()).toEqual([])
  })
})
