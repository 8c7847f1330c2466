import { expect, test } from 'vitest'
import { run } from './command.ts'
import { profilesUrl, startEmulated } from './emulated.ts'

async function keysStatus(url: string): Promise<number> {
  return (await fetch(`${url}/oauth2/v3/certs`)).status
}

test('what goes wrong does so until it is ended', async () => {
  const { emulator, at } = await startEmulated()
  const begun = await run(['drill', 'status', '500', '--endpoint', 'jwks', ...at])
  expect(begun).toMatchObject({
    code: 0,
    stdout: 'drill 1 has started; to end it: countersign drill end 1\n',
  })
  expect(await keysStatus(emulator.url)).toBe(500)
  const ended = await run(['drill', 'end', '1', ...at])
  expect(ended).toMatchObject({ code: 0, stdout: 'ended drill 1\n' })
  expect(await keysStatus(emulator.url)).toBe(200)
})

test('all are ended at once', async () => {
  const { emulator, at } = await startEmulated()
  await run(['drill', 'status', '500', '--endpoint', 'jwks', ...at])
  await run(['drill', 'clock-shift', '-600', ...at])
  const { stdout } = await run(['drill', 'end', '--json', ...at])
  expect(JSON.parse(stdout)).toEqual({ ended: 'all' })
  expect(await keysStatus(emulator.url)).toBe(200)
})

test('it can be one service’s, for so many times, with Retry-After', async () => {
  const { emulator, at } = await startEmulated()
  const where = ['--endpoint', 'identity', '--service', 'login', '--times', '1']
  await run(['drill', 'status', '429', ...where, '--retry-after', '7', ...at])
  const ask = (service: string) =>
    fetch(
      `http://${emulator.env(service).GCE_METADATA_HOST}/computeMetadata/v1/instance/service-accounts/default/identity?audience=${profilesUrl}`,
      { headers: { 'metadata-flavor': 'Google' } },
    )
  expect((await ask('search')).status).toBe(200)
  const refused = await ask('login')
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '7'])
  expect((await ask('login')).status).toBe(200)
})

test('a clock can be behind', async () => {
  const { at } = await startEmulated()
  await run(['drill', 'clock-shift', '-7200', ...at])
  const { stdout } = await run(['token', 'login', '--audience', profilesUrl, ...at])
  const { iat } = JSON.parse(String(Buffer.from(stdout.split('.')[1] ?? '', 'base64url')))
  const behindSeconds = Date.now() / 1000 - iat
  expect(behindSeconds).toBeGreaterThan(7_190)
  expect(behindSeconds).toBeLessThan(7_260)
})

test.each([
  [['delay', '5', '--endpoint', 'certs'], 'certs: delayed by 5 ms'],
  [['hang', '--endpoint', 'sts', '--times', '2'], 'sts: no answer, 2 times'],
  [['html', '--endpoint', 'generate-access-token'], 'generate-access-token: a page of HTML'],
  [
    ['wrong-audience', '--service', 'login'],
    'every endpoint of login: tokens for another audience',
  ],
  [['expired-token', '--endpoint', 'token'], 'token: expired tokens'],
  [
    ['iam-delay', '60', '--service', 'login'],
    'every endpoint of login: changes of allow policies count 60 s later',
  ],
  [['rotate-keys'], 'a new key, announced a minute ahead'],
  [['drop-key'], 'a new key at once, the old ones gone'],
])('%j', async (args, summary) => {
  const { emulator, at } = await startEmulated()
  expect(await run(['drill', ...args, ...at])).toMatchObject({ code: 0, stderr: '' })
  expect(emulator.events.kept).toMatchObject([{ type: 'drill', summary, active: true }])
})

test.each([
  [['status'], 'drill status takes an HTTP status from 400 to 599, but none is given'],
  [['delay', 'long'], 'drill delay takes a whole number of milliseconds, but "long" is given'],
  [['delay', '2s'], 'Run countersign drill delay 2000\n'],
  [['delay', '1.5 s'], 'Run countersign drill delay 1500\n'],
  [['delay', '500ms'], 'Run countersign drill delay 500\n'],
  [['clock-shift', '2s'], 'drill clock-shift takes a whole number of seconds, but "2s" is given'],
  [['delay', '5', '--endpoint', 'jwk'], 'but is "jwk" (did you mean "jwks"?): write one of'],
  [['delay', '5', '--service', 'logni'], 'but is "logni" (did you mean "login"?)'],
  [['hang', '7'], 'Leave out "7"'],
  [['fire'], 'but is given "fire"\nWrite one of delay, hang'],
  [['statuss'], 'but is given "statuss" (did you mean "status"?)\nWrite one of delay, hang'],
  [['end', 'first'], "drill end takes a drill's number"],
  [['end', '99'], 'There is no drill 99'],
  [['status', '200'], 'write one from 400 to 599'],
  [['delay', '5', '--endpoint', 'nowhere'], 'endpoint must be one where delay is possible'],
  [['delay', '5', '--service', 'nobody'], 'service must be a service of the policy'],
])('%j is wrong usage', async (args, said) => {
  const { at } = await startEmulated()
  const { code, stderr } = await run(['drill', ...args, ...at])
  expect(stderr).toContain(said)
  expect(code).toBe(2)
})

test('a drill that a token hides says so, and until when', async () => {
  const { emulator, at } = await startEmulated()
  await run(['token', 'login', '--audience', profilesUrl, ...at])
  const { stdout } = await run(['drill', 'expired-token', '--service', 'login', ...at])
  expect(stdout).toMatch(
    /^drill 1 has started.*\nlogin holds a token until \d\d:\d\d: the drill takes effect then, or restart login \(if countersign dev runs it: restart that, then start the drill again\)\n$/,
  )
  const event = emulator.events.kept.at(-1)
  const note = event?.type === 'drill' ? event.note : undefined
  expect(stdout).toContain(`\n${note}\n`)
  const { stdout: json } = await run(['drill', 'expired-token', '--json', ...at])
  expect(JSON.parse(json)).toEqual({ drill: 2, note })
})
