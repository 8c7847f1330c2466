/** An end user's own token beside the calling service's, through Cloud Run's front door to the app. */

import { createServiceFetch, type Target } from '@countersign/caller'
import { verifyCaller } from '@countersign/express'
import express, { type RequestHandler } from 'express'
import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { login, startWorld, targetIn } from './_world.ts'

const ofUser = 'Bearer session-of-the-user'

/** What the app sees: who calls, and for whom. */
const answer: RequestHandler = (req, res) => {
  const { authorization } = req.headers
  res.json({ caller: req.caller?.email ?? null, user: authorization ?? null })
}

/** A service whose `Authorization` belongs to end users, behind the front door. */
async function startMixed() {
  const world = await startWorld()
  const { policy, emulator } = world
  const app = express()
  const rules = policy.receiver('user-profiles')
  const options = { ...rules, tokenHeader: 'x-caller-authorization', log: false } as const
  app.use('/shared', verifyCaller({ ...options, missingToken: 'pass' }))
  app.use('/services', verifyCaller(options))
  app.use(answer)
  emulator.forwardTo('user-profiles', await listen(app))
  const target = targetIn(world)
  const headers: Target['headers'] = ['x-caller-authorization', 'x-serverless-authorization']
  return { target, serviceFetch: createServiceFetch({ targets: [{ ...target, headers }] }) }
}

test('a service calls as itself, with its user’s Authorization beside', async () => {
  const { target, serviceFetch } = await startMixed()
  const response = await serviceFetch(`${target.url}/services/7`, {
    headers: { authorization: ofUser },
  })
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual({ caller: login, user: ofUser })
})

test('a service calls as itself without a user, too', async () => {
  const { target, serviceFetch } = await startMixed()
  const response = await serviceFetch(`${target.url}/services/7`)
  expect(await response.json()).toEqual({ caller: login, user: null })
})

test('where ours is in Authorization alone, nobody is taken for a caller', async () => {
  const { target } = await startMixed()
  const other = createServiceFetch({ targets: [target] })
  const refused = await other(`${target.url}/services/7`)
  expect([refused.status, refused.headers.get('countersign-code')]).toEqual([401, 'token_missing'])
  const passed = await other(`${target.url}/shared/7`)
  expect(await passed.json()).toMatchObject({ caller: null })
})

test('a user’s Authorization is refused where the token would go there', async () => {
  const { target } = await startMixed()
  const other = createServiceFetch({ targets: [target] })
  const call = other(`${target.url}/shared/7`, { headers: { authorization: ofUser } })
  await expect(call).rejects.toMatchObject({
    code: 'header_conflict',
    hint: expect.stringContaining("set the target's headers to leave it free"),
  })
})
