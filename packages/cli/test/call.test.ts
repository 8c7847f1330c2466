import { text } from 'node:stream/consumers'
import type { Emulator } from '@countersign/emulator'
import { describe, expect, test } from 'vitest'
import { run, startInTerminal } from './command.ts'
import { loginEmail, profilesReceiver, pusher, runProfiles, startEmulated } from './emulated.ts'

/** user-profiles: verifies its callers, and says what it got. */
async function runEcho(emulator: Emulator): Promise<void> {
  const receiver = profilesReceiver(emulator)
  await runProfiles(emulator, async (req, res) => {
    const decision = await receiver.check(req)
    if (!decision.allowed) {
      const { status, code } = decision.denial
      res.writeHead(status, { 'countersign-code': code }).end()
      return
    }
    const { method, url, headers } = req
    const { 'content-type': type, 'x-own': own } = headers
    const asked = decision.caller?.email
    res.writeHead(201).end(JSON.stringify({ asked, method, url, type, own, body: await text(req) }))
  })
}

describe('countersign call', () => {
  test('calls as a service, which the receiver verifies', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const result = await run(['call', 'user-profiles', '/profiles/7?q=1', '--as', 'login', ...at])
    expect(JSON.parse(result.stdout)).toMatchObject({
      asked: loginEmail,
      method: 'GET',
      url: '/profiles/7?q=1',
    })
    expect([result.stderr, result.code]).toEqual(['201 Created\n', 0])
  })

  test('nobody is warned of the emulator that the environment names', async () => {
    const { emulator } = await startEmulated()
    await runEcho(emulator)
    const env = { COUNTERSIGN_EMULATOR: emulator.url }
    const { stderr } = await run(['call', 'user-profiles', '/', '--as', 'login'], { env })
    expect(stderr).toBe('201 Created\n')
  })

  test('sends a body and headers', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const args = ['-d', '{"name":"Ada"}', '-H', 'X-Own: a: b', '--as', 'login']
    const { stdout } = await run(['call', 'user-profiles', '/', ...args, ...at])
    expect(JSON.parse(stdout)).toMatchObject({
      method: 'POST',
      type: 'application/json',
      own: 'a: b',
      body: '{"name":"Ada"}',
    })
  })

  test('a content type that is given counts', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const args = ['-X', 'POST', '-d', '7', '-H', 'content-type: text/plain', '--as', 'login']
    const { stdout } = await run(['call', 'user-profiles', '/', ...args, ...at])
    expect(JSON.parse(stdout)).toMatchObject({ type: 'text/plain', body: '7' })
  })

  test('as JSON the answer is one object', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const { stdout } = await run(['call', 'user-profiles', '/', '--as', 'login', '--json', ...at])
    const answer = JSON.parse(stdout)
    expect(answer).toMatchObject({ status: 201, headers: { 'transfer-encoding': 'chunked' } })
    expect(JSON.parse(answer.body)).toMatchObject({ asked: loginEmail })
  })

  test.each([
    ['nobody', ['--anonymous'], 'nobody', 'token_missing'],
    [
      'a service that IAM does not let in',
      ['--as', 'search'],
      'search',
      `not_invoker (got search-run@acme.iam.gserviceaccount.com, expected ${loginEmail} or ${pusher})`,
    ],
  ])('%s is refused, with 1, and who refused it and why', async (_title, who, from, why) => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const { stdout, stderr, code } = await run(['call', 'user-profiles', '/a?b=c', ...who, ...at])
    const page = `${emulator.url}/?call=${emulator.events.kept.at(-1)?.id}`
    const line = `refused: ${from} -> user-profiles GET /a: front door, ${why} ${page}`
    expect([stderr, code]).toEqual([`403 Forbidden\n${line}\n`, 1])
    expect(stdout).toContain('<h1>Error: Forbidden</h1>')
  })

  test('a drill that made the token is named, with how to end it', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const callAs = ['call', 'user-profiles', '/', '--as', 'login', ...at]
    const wrong = await emulator.drill({ fault: { kind: 'wrong-audience' } })
    const refused = await run(callAs)
    wrong[Symbol.dispose]()
    const expired = await emulator.drill({ fault: { kind: 'expired-token' } })
    const { stderr } = await run(callAs)
    expect(refused.stderr).toContain(`rill ${wrong.id} `)
    expect(refused.stderr).toContain(`; to end it: countersign drill end ${wrong.id}\n`)
    expect(stderr).toMatch(/^error: The ID token /)
    const end = `to end it: countersign drill end ${expired.id}`
    expect(stderr).toMatch(new RegExp(`\nDrill ${expired.id} is active \\(.*\\); ${end}\n$`))
  })

  test('as JSON a refusal has who, why and where to look', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    const { stdout } = await run(['call', 'user-profiles', '/', '--as', 'search', '--json', ...at])
    expect(JSON.parse(stdout)).toMatchObject({
      status: 403,
      refusal: {
        by: 'front-door',
        code: 'not_invoker',
        got: 'search-run@acme.iam.gserviceaccount.com',
        page: `${emulator.url}/?call=${emulator.events.kept.at(-1)?.id}`,
      },
    })
  })

  test('an app that nobody listens for is named', async () => {
    const { at } = await startEmulated()
    const { stderr, code } = await run(['call', 'user-profiles', '/', '--as', 'login', ...at])
    expect(stderr).toMatch(
      /^503 Service Unavailable\nrefused: .*app_unreachable \(nothing answers at http:\S+\) http:\S+\n$/,
    )
    expect(code).toBe(1)
  })

  test('a refusal of the app itself, and an error, is its answer alone', async () => {
    const { emulator, at } = await startEmulated()
    for (const status of [403, 500]) {
      await runProfiles(emulator, (_, res) => res.writeHead(status).end())
      const { stderr } = await run(['call', 'user-profiles', '/', '--as', 'login', ...at])
      expect(stderr.split('\n')).toHaveLength(2)
    }
  })

  test.runIf(process.platform === 'linux')(
    'on a terminal the page of the front door is left out, and the status has its own line',
    async () => {
      const { emulator, at } = await startEmulated()
      await runProfiles(emulator, (_, res) => res.end('ok'))
      const refused = startInTerminal(['call', 'user-profiles', '/', '--anonymous', ...at])
      await refused.exit
      expect(refused.stdout()).toMatch(/^403 Forbidden\r\nrefused: nobody -> user-profiles GET \//)
      const answered = startInTerminal(['call', 'user-profiles', '/', '--as', 'login', ...at])
      await answered.exit
      expect(answered.stdout()).toBe('ok\r\n200 OK\r\n')
      await runProfiles(emulator, (_, res) => res.end('a\tb\r\n\u001b]0;title\u0007\u001b[2J\n'))
      const hostile = startInTerminal(['call', 'user-profiles', '/', '--as', 'login', ...at])
      await hostile.exit
      expect(hostile.stdout()).toBe('a\tb\r\r\n\\u{1b}]0;title\\u{7}\\u{1b}[2J\r\n200 OK\r\n')
      const piped = await run(['call', 'user-profiles', '/', '--as', 'login', ...at])
      expect(piped.stdout).toBe('a\tb\r\n\u001b]0;title\u0007\u001b[2J\n')
    },
  )

  test('a trace of the caller stays its own', async () => {
    const { emulator, at } = await startEmulated()
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736'
    const header = `traceparent: 00-${trace}-00f067aa0ba902b7-01`
    await run(['call', 'user-profiles', '/', '--anonymous', '-H', header, ...at])
    expect(emulator.events.kept.at(-1)).toMatchObject({ type: 'call', trace })
  })

  test('says by which code the receiver refused it', async () => {
    const { emulator, at } = await startEmulated()
    await runEcho(emulator)
    emulator.setPublic('user-profiles', true)
    const { stderr, code } = await run(['call', 'user-profiles', '/', '--as', 'search', ...at])
    expect(stderr).toMatch(
      /^403 Forbidden\nrefused: search -> user-profiles GET \/: receiver, caller_not_allowed http:\S+\n$/,
    )
    expect(code).toBe(1)
  })

  test('follows no redirect', async () => {
    const { emulator, at } = await startEmulated()
    await runProfiles(emulator, (_, res) => {
      res.writeHead(302, { location: 'https://elsewhere.example/' }).end()
    })
    const { stderr, code } = await run(['call', 'user-profiles', '/', '--as', 'login', ...at])
    expect([stderr, code]).toEqual(['302 Found\n', 0])
  })
})

describe('countersign call is wrong usage', () => {
  test.each([
    ['without a caller', ['user-profiles', '/'], 'Write --as SERVICE'],
    ['with two', ['user-profiles', '/', '--as', 'login', '--anonymous'], '--as and --anonymous'],
    ['without a slash', ['user-profiles', 'a', '--anonymous'], 'The path must begin with a slash'],
    ['for a header without a colon', ['user-profiles', '/', '-H', 'a', '--anonymous'], 'no header'],
    ['for a method that is none', ['user-profiles', '/', '-X', 'A B', '--anonymous'], 'A B'],
    ['for a caller nobody knows', ['user-profiles', '/', '--as', 'logn'], 'write one of login'],
    ['for a service without a URL', ['cron', '/', '--as', 'login'], 'the policy gives it no url'],
    [
      'for a header that the token goes into',
      ['user-profiles', '/', '--as', 'login', '-H', 'authorization: Bearer mine'],
      'Remove it',
    ],
  ])('%s', async (_title, args, said) => {
    const { at } = await startEmulated()
    const { code, stderr } = await run(['call', ...args, ...at])
    expect(stderr).toContain(said)
    expect(stderr).not.toContain('mine')
    expect(code).toBe(2)
  })
})
