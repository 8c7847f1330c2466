/** One policy file that two running services follow: what is taken off it stops on both sides. */

import { writeFile } from 'node:fs/promises'
import { createServiceFetch } from '@countersign/caller'
import { verifyCaller } from '@countersign/express'
import { watchPolicy } from '@countersign/policy'
import express from 'express'
import { expect, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { login, startWorld } from './_world.ts'

const url = 'https://user-profiles-123.us-central1.run.app'

/** A policy in which login may call user-profiles, by such rules, or not at all. */
function policyWith(calls: object): string {
  const services = {
    login: { serviceAccount: login, calls },
    search: {
      serviceAccount: 'search-run@acme.iam.gserviceaccount.com',
      calls: { 'user-profiles': {} },
    },
    'user-profiles': { url, serviceAccount: 'user-profiles-run@acme.iam.gserviceaccount.com' },
  }
  return JSON.stringify({ services })
}

/** login and user-profiles, which follow one file, and a login that follows none. */
async function startFollowing() {
  const world = await startWorld()
  const file = await world.write('policy.json', policyWith({ 'user-profiles': {} }))
  const clock = { time: 0 }
  const events: string[] = []
  const policy = await watchPolicy(file, {
    now: () => clock.time,
    onEvent: ({ type }) => events.push(type),
  })
  const app = express()
  app.use(verifyCaller({ ...policy.receiver('user-profiles'), log: false }))
  app.use((req, res) => void res.json({ asked: req.caller?.email }))
  world.emulator.forwardTo('user-profiles', await listen(app))
  const { targets } = policy.caller('login')
  const following = createServiceFetch(policy.caller('login')).to('user-profiles')
  const fixed = createServiceFetch({ targets }).to('user-profiles')
  const save = async (content: string): Promise<void> => {
    await writeFile(file, content)
    clock.time += 5000
  }
  return { following, fixed, save, events }
}

test('a call that is taken off the file stops on both sides, and comes back with it', async () => {
  const { following, fixed, save, events } = await startFollowing()
  expect(await (await following('/profiles/7')).json()).toEqual({ asked: login })
  await save(policyWith({}))
  await expect(following('/profiles/7')).rejects.toMatchObject({ code: 'target_not_allowed' })
  const refused = await fixed('/profiles/7')
  expect([refused.status, refused.headers.get('countersign-code')]).toEqual([
    403,
    'caller_not_allowed',
  ])
  await save(policyWith({ 'user-profiles': { methods: ['GET'] } }))
  expect((await following('/profiles/7')).status).toBe(200)
  const written = following('/profiles/7', { method: 'DELETE' })
  await expect(written).rejects.toMatchObject({ code: 'operation_not_allowed' })
  const other = await fixed('/profiles/7', { method: 'DELETE' })
  expect(other.headers.get('countersign-code')).toBe('operation_not_allowed')
  expect(events).toEqual(['policy_reloaded', 'policy_reloaded'])
})

test('an edit that is wrong changes nothing on either side', async () => {
  const { following, fixed, save, events } = await startFollowing()
  await save('{ "services": {')
  expect([(await following('/a')).status, (await fixed('/a')).status]).toEqual([200, 200])
  expect(events).toEqual(['policy_refused'])
})
