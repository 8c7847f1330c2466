import { Agent, type Dispatcher, interceptors, MockAgent } from 'undici'
import { expect, onTestFinished, test } from 'vitest'
import { clientContract, outcome } from './_contract.ts'
import { startWorld } from './_world.ts'

const world = await startWorld()
const { userProfiles } = world
const { serviceFetch, serviceFetchThrough } = await import('./recipes/undici.ts')

clientContract(
  {
    name: 'undici',
    readProfile: async () => (await serviceFetch(`${userProfiles}/profiles/7`)).json(),
    async echo(body) {
      const headers = { 'content-type': 'application/json' }
      const init = { method: 'POST', headers, body: JSON.stringify(body) }
      return (await serviceFetch(`${userProfiles}/profiles`, init)).json()
    },
    call: (url, options) => serviceFetch(url, options),
    redirects: 'refused',
    refusals: 'thrown',
  },
  world,
)

test('an HTTP error is an answer', async () => {
  expect((await serviceFetch(`${userProfiles}/profiles/none`)).status).toBe(404)
})

/** An agent of a test's own, and what it was asked for. */
function agentOf(...composed: Dispatcher.DispatcherComposeInterceptor[]) {
  const paths: string[] = []
  const agent = new Agent()
  onTestFinished(() => agent.close())
  const dispatcher = agent
    .compose((dispatch) => (options, handler) => {
      paths.push(options.path)
      return dispatch(options, handler)
    })
    .compose(composed)
  const init: object = { dispatcher }
  return { init, paths }
}

test('a call goes through the dispatcher of its init', async () => {
  const { init, paths } = agentOf()
  expect((await serviceFetch(`${userProfiles}/profiles/7`, init)).status).toBe(200)
  expect(paths).toEqual(['/profiles/7'])
})

test('a dispatcher that follows redirects gets none to follow', async () => {
  const { init, paths } = agentOf(interceptors.redirect({ maxRedirections: 5 }))
  const error = await outcome(serviceFetch(`${userProfiles}/redirect/307`, init))
  expect(error).toMatchObject({ code: 'redirect_refused' })
  expect(paths).toEqual(['/redirect/307'])
  expect(world.stranger.arrived).toEqual([])
})

test('a MockAgent answers in the place of the service, and sees the token', async () => {
  const mock = new MockAgent()
  mock.disableNetConnect()
  onTestFinished(() => mock.close())
  const service = mock.get(userProfiles)
  service
    .intercept({ path: '/profiles/7', headers: { authorization: /^Bearer / } })
    .reply(200, { id: '7' })
  const mocked = serviceFetchThrough(mock)
  expect(await (await mocked(`${userProfiles}/profiles/7`)).json()).toEqual({ id: '7' })
  mock.assertNoPendingInterceptors()
  expect(await outcome(mocked(`${userProfiles}/profiles/7`))).toMatchObject({
    cause: { code: 'UND_MOCK_ERR_MOCK_NOT_MATCHED' },
  })
  expect(world.arrived).toEqual([])
})
