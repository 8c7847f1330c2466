import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import {
  type EnvironmentEntry,
  type PolicyEvent,
  type PolicyFile,
  type WatchPolicyOptions,
  watchPolicy,
} from '../src/index.ts'
import { acme, fileWith, refusal } from './_helpers.ts'

const login = 'login-run@acme.iam.gserviceaccount.com'
const web = 'web-run@acme.iam.gserviceaccount.com'

/** A policy in which these call user-profiles. */
function callers(...names: string[]): PolicyFile {
  const services = Object.fromEntries(
    names.map((name) => [name, { calls: { 'user-profiles': {} } }]),
  )
  const { environments = {} } = acme
  return { environments, services: { login: {}, web: {}, 'user-profiles': {}, ...services } }
}

async function fixture(first: PolicyFile = callers('login'), options: WatchPolicyOptions = {}) {
  const file = await fileWith(JSON.stringify(first))
  const clock = { time: 0 }
  const events: PolicyEvent[] = []
  const policy = await watchPolicy(file, {
    environment: 'prod',
    now: () => clock.time,
    onEvent: (event) => events.push(event),
    ...options,
  })
  /** Saves an edit, and lets the next call look. */
  const edit = async (next: PolicyFile | string) => {
    await writeFile(file, typeof next === 'string' ? next : JSON.stringify(next))
    clock.time += 5000
  }
  return { file, clock, events, policy, edit }
}

test('both sides follow an edit, which is told', async () => {
  const { policy, edit, events, file } = await fixture()
  const receiver = policy.receiver('user-profiles')
  const caller = policy.caller('login')
  expect(await receiver.latest?.()).toMatchObject({ allow: [{ email: login }] })
  expect(await caller.latest?.()).toMatchObject({ targets: [{ name: 'user-profiles' }] })
  await edit(callers('web'))
  expect(await receiver.latest?.()).toMatchObject({ allow: [{ email: web }] })
  expect(await caller.latest?.()).toEqual({
    targets: [],
    policy: { digest: policy.digest, environment: 'prod', service: 'login' },
  })
  expect(events).toEqual([{ type: 'policy_reloaded', file }])
})

test('what is given at the start is what the file says then', async () => {
  const { policy } = await fixture()
  expect(policy.receiver('user-profiles')).toMatchObject({
    allow: [{ email: login }],
    audience: ['https://user-profiles-123.us-central1.run.app'],
  })
  expect(policy.caller('login').targets).toHaveLength(1)
  expect(policy.environment).toBe('prod')
  expect(policy.url('login')).toBe('https://login-123.us-central1.run.app')
})

test('the policy itself says what the file said last', async () => {
  const { policy, edit } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit(acme)
  await latest?.()
  expect([...policy.services.keys()]).toEqual(['login', 'user-profiles', 'search'])
  expect([...policy.pushes.keys()]).toEqual(['orders'])
})

test('between two looks it answers at once, and always with the same object', async () => {
  const { policy, clock, edit } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  const first = latest?.()
  expect(first).not.toBeInstanceOf(Promise)
  clock.time += 4999
  expect(latest?.()).toBe(first)
  clock.time += 1
  expect(await latest?.(), 'an unchanged file').toBe(first)
  await edit(callers('web'))
  expect(await latest?.()).not.toBe(first)
})

test('a clock that is set back looks at once', async () => {
  const { policy, clock, file } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await writeFile(file, JSON.stringify(callers('web')))
  clock.time -= 3_600_000
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
})

test('a file that is saved without a change is no edit', async () => {
  const { policy, edit, events } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  const first = latest?.()
  await edit(callers('login'))
  expect(await latest?.()).toBe(first)
  expect(events).toEqual([])
})

test('the last caller can be taken off the list: nobody is let in', async () => {
  const { policy, edit } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit(callers())
  expect(await latest?.()).toMatchObject({ allow: [] })
})

test.each([
  ['that is no JSON', '{', 'policy_invalid'],
  ['that says what can’t be meant', JSON.stringify({ services: 7 }), 'policy_invalid'],
  [
    'that lacks a service which runs here',
    JSON.stringify({ ...callers('login'), services: { login: {} } }),
    'service_unknown',
  ],
  ['without the environment', JSON.stringify({ services: { 'user-profiles': {} } }), 'environment'],
])('an edit %s is refused loudly, once, and the old one stays', async (_title, text, code) => {
  const { policy, edit, events, clock } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit(text)
  for (let look = 0; look < 3; look += 1) {
    expect(await latest?.()).toMatchObject({ allow: [{ email: login }] })
    clock.time += 5000
  }
  expect(events).toMatchObject([{ type: 'policy_refused', error: expect.any(Error) }])
  expect(String((events[0] as { error: { code?: string } }).error.code)).toContain(code)
  await edit(callers('web'))
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
  expect(events.map(({ type }) => type)).toEqual(['policy_refused', 'policy_reloaded'])
})

test('a file that is gone is told, and heeded when it is back', async () => {
  const { policy, file, clock, events, edit } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await rm(file)
  clock.time += 5000
  expect(await latest?.()).toMatchObject({ allow: [{ email: login }] })
  expect(events).toMatchObject([{ type: 'policy_refused', error: { code: 'ENOENT' } }])
  await edit(callers('web'))
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
})

test('an edit that was taken back in time is forgotten, and told again when it comes back', async () => {
  const { policy, edit, events } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit('{')
  await latest?.()
  await edit(callers('login'))
  await latest?.()
  await edit('{')
  await latest?.()
  expect(events.map(({ type }) => type)).toEqual([
    'policy_refused',
    'policy_reloaded',
    'policy_refused',
  ])
})

test('a link that is pointed elsewhere, as Kubernetes does, is an edit', async () => {
  const { file: first } = await fixture()
  const folder = dirname(first)
  await mkdir(join(folder, 'next'))
  await writeFile(join(folder, 'next', 'policy.jsonc'), JSON.stringify(callers('web')))
  const link = join(folder, 'link.jsonc')
  await symlink(first, link)
  const clock = { time: 0 }
  const policy = await watchPolicy(pathToFileURL(link), {
    environment: 'prod',
    now: () => clock.time,
    onEvent: () => {},
  })
  const { latest } = policy.receiver('user-profiles')
  await symlink(join(folder, 'next', 'policy.jsonc'), join(folder, 'newer'))
  await rename(join(folder, 'newer'), link)
  clock.time += 5000
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
})

test('a hundred calls at once look once, and all see the edit', async () => {
  const { policy, edit, events } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit(callers('web'))
  const all = await Promise.all(Array.from({ length: 100 }, () => latest?.()))
  expect(new Set(all).size).toBe(1)
  expect(events).toHaveLength(1)
})

test('an edit that stays refused is logged each hour again', async () => {
  const { policy, edit, events, clock } = await fixture()
  const { latest } = policy.receiver('user-profiles')
  await edit('{')
  for (let minute = 0; minute <= 150; minute += 1) {
    await latest?.()
    clock.time += 60_000
  }
  expect(events.map(({ type }) => type)).toEqual(Array(3).fill('policy_refused'))
})

test('left to itself it says what happened in lines of JSON', async () => {
  const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const { policy, edit, file } = await fixture(callers('login'), { onEvent: undefined as never })
  const { latest } = policy.receiver('user-profiles')
  await edit('{')
  await latest?.()
  await edit(callers('web'))
  await latest?.()
  const lines = write.mock.calls.map(([line]) => JSON.parse(String(line)))
  write.mockRestore()
  expect(lines).toEqual([
    {
      severity: 'ERROR',
      message: expect.stringContaining(
        `refused the newer policy in ${file}, and the old one stays`,
      ),
    },
    { severity: 'NOTICE', message: `countersign uses the current policy in ${file}` },
  ])
})

test.each([
  [
    'throws',
    () => {
      throw new Error('a listener')
    },
  ],
  ['rejects with', () => Promise.reject(new Error('a listener'))],
  [
    'of another realm rejects with',
    () => runInNewContext("Promise.reject(new Error('a listener'))"),
  ],
])('what a listener %s changes nothing', async (_how, onEvent) => {
  const { policy, edit } = await fixture(callers('login'), { onEvent })
  const { latest } = policy.receiver('user-profiles')
  await edit(callers('web'))
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
})

test('at the start what is wrong stops the start', async () => {
  const { policy, file } = await fixture()
  expect((await refusal(() => policy.receiver('search'))).code).toBe('service_unknown')
  expect((await refusal(() => policy.receiver('web'))).code).toBe('no_callers')
  expect((await refusal(() => policy.caller('web'))).code).toBe('no_targets')
  expect((await refusal(() => watchPolicy('/nowhere.jsonc'))).code).toBe('policy_unreadable')
  expect((await refusal(() => watchPolicy(file, { environment: 'x' }))).code).toBe(
    'environment_unknown',
  )
  await expect(watchPolicy(file, { environment: 'prod', everyMs: 50 })).rejects.toThrow(
    'everyMs must be a number of milliseconds, at least 100, but is 50',
  )
})

test('without a chosen environment, an edit that adds or renames one is refused', async () => {
  const one = (name: string, policy: PolicyFile): PolicyFile => ({
    ...policy,
    environments: { [name]: acme.environments?.prod as EnvironmentEntry },
  })
  const { policy, edit, events } = await fixture(one('prod', callers('login')), {
    environment: undefined as never,
  })
  const { latest } = policy.receiver('user-profiles')
  expect(policy.environment).toBe('prod')
  await edit(callers('web'))
  expect(await latest?.()).toMatchObject({ allow: [{ email: login }] })
  await edit(one('live', callers('web')))
  expect(await latest?.()).toMatchObject({ allow: [{ email: login }] })
  await edit(one('prod', callers('web')))
  expect(await latest?.()).toMatchObject({ allow: [{ email: web }] })
  const refusals = events.flatMap((event) => ('error' in event ? event.error.message : []))
  expect(refusals).toEqual([
    'the policy has environments ("prod", "staging"), and none was chosen: pass { environment: "prod" }, or set COUNTERSIGN_ENVIRONMENT',
    'the environment was "prod" at the start, but now is "live": keep its name, or start the service again',
  ])
})

test('an edit by which two services share an account unsaid is refused, and the old one stays', async () => {
  const { policy, edit, events } = await fixture()
  const receiver = policy.receiver('user-profiles')
  const next = callers('login')
  next.services.web = { serviceAccount: login }
  await edit(next)
  expect(await receiver.latest?.()).toMatchObject({ allow: [{ email: login }] })
  expect(events).toMatchObject([{ type: 'policy_refused', error: { code: 'policy_invalid' } }])
})
