import { loadPolicy } from '@countersign/policy'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type Emulator, startEmulator } from '../../src/index.ts'
import { type App, startApp } from '../app.ts'
import { getMetadata, send } from '../send.ts'

const urlOf = (service: string): string => `https://${service}-123.us-central1.run.app`

let emulator: Emulator
let app: App
beforeAll(async () => {
  const policy = await loadPolicy(
    {
      environments: {
        prod: {
          project: 'acme',
          projectNumber: '123',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: {
        website: { calls: { workflows: {}, stockroom: {} } },
        workflows: { headers: ['proxy-authorization'] },
        stockroom: {},
      },
    },
    { environment: 'prod' },
  )
  emulator = await startEmulator({ policy })
  app = await startApp()
  for (const name of ['workflows', 'stockroom']) emulator.forwardTo(name, app.url)
})
afterAll(async () => {
  await emulator.stop()
  await app[Symbol.asyncDispose]()
})
beforeEach(() => {
  app.received.length = 0
})

async function bearer(service: string): Promise<string> {
  const path =
    '/computeMetadata/v1/instance/service-accounts/default/identity?format=full&audience='
  const host = emulator.env('website').GCE_METADATA_HOST
  return `Bearer ${(await getMetadata(host, path + urlOf(service))).body}`
}

describe('a service whose callers put the token in Proxy-Authorization', () => {
  test("is admitted by it, and gets the app's own Authorization as it came", async () => {
    const headers = {
      'proxy-authorization': await bearer('workflows'),
      authorization: 'Basic app',
    }
    const { status } = await send(`${emulator.frontDoor('workflows')}/rest`, { headers })
    expect(status).toBe(200)
    expect(app.received[0]?.headers.authorization).toBe('Basic app')
    expect(app.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  test('is admitted by Authorization where the other is missing', async () => {
    const headers = { authorization: await bearer('workflows') }
    expect((await send(emulator.frontDoor('workflows'), { headers })).status).toBe(200)
  })

  test('is admitted by Authorization where the other is wrong, and never gets that', async () => {
    const headers = {
      'proxy-authorization': await bearer('stockroom'),
      authorization: await bearer('workflows'),
    }
    expect((await send(emulator.frontDoor('workflows'), { headers })).status).toBe(200)
    expect(app.received[0]?.headers).not.toHaveProperty('proxy-authorization')
  })

  test("is refused by a wrong one beside the app's own Authorization", async () => {
    const headers = {
      'proxy-authorization': await bearer('stockroom'),
      authorization: 'Basic app',
    }
    expect((await send(emulator.frontDoor('workflows'), { headers })).status).toBe(401)
    expect(app.received).toEqual([])
  })
})

test('before all others Proxy-Authorization says nothing', async () => {
  const headers = { 'proxy-authorization': await bearer('stockroom') }
  expect((await send(emulator.frontDoor('stockroom'), { headers })).status).toBe(403)
  expect(app.received).toEqual([])
})
