import {
  Code,
  ConnectError,
  createClient,
  createContextKey,
  createContextValues,
} from '@connectrpc/connect'
import { connectNodeAdapter } from '@connectrpc/connect-node'
import { createConnectTransport, createGrpcWebTransport } from '@connectrpc/connect-web'
import { callerOf } from '@countersign/express'
import type { Caller } from '@countersign/receiver'
import type { Request } from 'express'
import { expect, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { audience, login, startWorld } from './_world.ts'
import { Profiles } from './recipes/api/profiles-service.ts'

const callerKey = createContextKey<Caller | undefined>(undefined)

const connect = connectNodeAdapter({
  contextValues: (request) => createContextValues().set(callerKey, callerOf(request as Request)),
  fallback: (request) => (request as Request).next?.(),
  routes: (router) =>
    router.service(Profiles, {
      get: ({ id }, { values }) => profile(id, values.get(callerKey)),
      async *list({ id }, { values }) {
        for (const suffix of ['a', 'b']) yield profile(id + suffix, values.get(callerKey))
      },
    }),
})

function profile(id: string, caller: Caller | undefined) {
  if (id === 'none') throw new ConnectError('no such profile', Code.NotFound)
  return { id, asked: caller?.email ?? '', audience: caller?.audience ?? '' }
}

const world = await startWorld((app) => void app.use(connect))
const { profiles } = await import('./recipes/connect.ts')
const { serviceFetch } = await import('./recipes/service-fetch.ts')

clientContract(
  {
    name: 'connect-web',
    readProfile: () => profiles.get({ id: '7' }),
    async echo({ name }) {
      return { name: (await profiles.get({ id: name })).id }
    },
    call(baseUrl, { signal } = {}) {
      const transport = createConnectTransport({ baseUrl, fetch: serviceFetch })
      return createClient(Profiles, transport).get({ id: '7' }, signal ? { signal } : {})
    },
    redirects: 'unfollowed',
    refusals: 'cause',
  },
  world,
)

test('an error of the service is a ConnectError', async () => {
  const error = await outcome(profiles.get({ id: 'none' }))
  expect(error).toBeInstanceOf(ConnectError)
  expect(error).toMatchObject({ code: Code.NotFound, rawMessage: 'no such profile' })
})

test('a stream of the service arrives', async () => {
  const found: unknown[] = []
  for await (const { id, asked, audience } of profiles.list({ id: '7' })) {
    found.push({ id, asked, audience })
  }
  expect(found).toEqual(['7a', '7b'].map((id) => ({ id, asked: login, audience })))
})

test('gRPC-Web arrives the same way', async () => {
  const transport = createGrpcWebTransport({ baseUrl: world.userProfiles, fetch: serviceFetch })
  const profile = await createClient(Profiles, transport).get({ id: '7' })
  expect(profile).toMatchObject({ id: '7', asked: login, audience })
})
