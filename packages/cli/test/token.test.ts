import { expect, test } from 'vitest'
import { run } from './command.ts'
import { loginEmail, profilesReceiver, profilesUrl, startEmulated } from './emulated.ts'

test('a receiver takes the token for the service that it is of', async () => {
  const { emulator, at } = await startEmulated()
  const { stdout, stderr, code } = await run(['token', 'login', '--audience', profilesUrl, ...at])
  const headers = { authorization: `Bearer ${stdout.trim()}` }
  const decision = await profilesReceiver(emulator).check({ method: 'GET', url: '/', headers })
  expect(decision).toMatchObject({ allowed: true, caller: { email: loginEmail } })
  expect([code, stderr]).toEqual([0, ''])
})

test('as JSON it is an object', async () => {
  const { at } = await startEmulated()
  const { stdout } = await run(['token', 'login', '--audience', profilesUrl, '--json', ...at])
  expect(JSON.parse(stdout)).toEqual({ token: expect.stringMatching(/^eyJ/) })
})

test('a metadata server that fails ends with 3', async () => {
  const { emulator, at } = await startEmulated()
  await emulator.drill({ fault: { kind: 'status', status: 404 }, endpoint: 'identity' })
  const { stdout, stderr, code } = await run(['token', 'login', '--audience', profilesUrl, ...at])
  expect(stderr).toContain('The metadata server has no service account')
  expect([code, stdout]).toEqual([3, ''])
})

test('no audience is wrong usage', async () => {
  const { code, stderr } = await run(['token', 'login'])
  expect(stderr).toContain("required option '--audience <audience>' not specified")
  expect(code).toBe(2)
})
