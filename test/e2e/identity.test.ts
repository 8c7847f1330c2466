/** Every source of identity against the emulator, up to the app behind Cloud Run's front door. */

import {
  createServiceFetch,
  impersonate,
  metadataServer,
  serviceAccountKey,
} from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import { login, middle, search, startWorld } from './_world.ts'

describe('metadataServer', () => {
  test('is the account that the service runs as', async () => {
    const { ask, endpoints } = await startWorld()
    expect(await ask(metadataServer())).toEqual({ status: 200, asked: login })
    expect(endpoints()).toEqual(['identity'])
  })
})

describe('serviceAccountKey', () => {
  test('is the account of a key that is given', async () => {
    const { ask, emulator, endpoints } = await startWorld()
    const key = await emulator.serviceAccountKey('search')
    expect(await ask(serviceAccountKey({ ...key }))).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token'])
  })

  test('is the account of a key in a file', async () => {
    const { ask, emulator, write } = await startWorld()
    const file = await write('key.json', await emulator.serviceAccountKey('search'))
    expect(await ask(serviceAccountKey(file))).toEqual({ status: 200, asked: search })
  })

  test('that is not the account’s is refused, and the key is in no error', async () => {
    const { ask, emulator } = await startWorld()
    const { private_key } = await emulator.serviceAccountKey('middle')
    const wrong = { ...(await emulator.serviceAccountKey('search')), private_key }
    await expect(ask(serviceAccountKey(wrong))).rejects.toMatchObject({
      code: 'identity_unavailable',
      message: expect.stringContaining('invalid_grant, Invalid JWT Signature.'),
    })
  })
})

describe('impersonate', () => {
  test('starts from the metadata server, through delegates', async () => {
    const { ask, endpoints } = await startWorld()
    const source = metadataServer()
    const identity = impersonate({ serviceAccount: search, delegates: [middle], source })
    expect(await ask(identity)).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['access-token', 'generate-id-token'])
  })

  test('starts from a key', async () => {
    const { ask, emulator, endpoints } = await startWorld()
    const source = serviceAccountKey({ ...(await emulator.serviceAccountKey('middle')) })
    const identity = impersonate({ serviceAccount: search, source })
    expect(await ask(identity)).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['token', 'generate-id-token'])
  })

  test('starts from another impersonation', async () => {
    const { ask, endpoints } = await startWorld()
    const source = impersonate({ serviceAccount: middle, source: metadataServer() })
    const identity = impersonate({ serviceAccount: search, source })
    expect(await ask(identity)).toEqual({ status: 200, asked: search })
    expect(endpoints()).toEqual(['access-token', 'generate-access-token', 'generate-id-token'])
  })

  test('of an account that is on no list ends at the front door', async () => {
    const { policy, emulator } = await startWorld()
    const identity = impersonate({ serviceAccount: middle, source: metadataServer() })
    const serviceFetch = createServiceFetch({ ...policy.caller('login'), identity })
    const answer = await serviceFetch.to('user-profiles')('/profiles/7')
    expect(answer.status).toBe(403)
    expect(emulator.requests.at(-1)).toMatchObject({ refusal: 'not_invoker', account: middle })
  })

  test('of an account that does not exist says so', async () => {
    const { ask } = await startWorld()
    const serviceAccount = 'nobody@acme.iam.gserviceaccount.com'
    await expect(
      ask(impersonate({ serviceAccount, source: metadataServer() })),
    ).rejects.toMatchObject({
      code: 'identity_unavailable',
      hint: `Check the account's email: gcloud iam service-accounts describe ${serviceAccount}`,
    })
  })
})
