import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Result, run } from './command.ts'
import { profilesReceiver, runProfiles, startEmulated } from './emulated.ts'
import { hello, startProxy } from './proxy/_proxied.ts'

/** What services, whatever answers as an emulator, and slips on the command line bring into what is printed. */

const shapeless = 'open-sesame-of-forty-thieves'
const hostile = 'a\u001b[2J\u009b2J\u202eb\u2028c'

/** Whatever a terminal would follow, but for the ends of lines. */
const controls = /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u

function expectPlain({ stdout, stderr }: Pick<Result, 'stdout' | 'stderr'>): void {
  expect(stdout + stderr).not.toMatch(controls)
}

/** Something that isn't an emulator, or a hostile one. */
async function listen(answer: RequestListener): Promise<readonly ['--emulator', string]> {
  const server = createServer(answer).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close().closeAllConnections())
  await new Promise((resolve) => server.once('listening', resolve))
  return ['--emulator', `http://127.0.0.1:${(server.address() as AddressInfo).port}`]
}

describe('countersign call', () => {
  test.each([[], ['--json']])('says no token that the answer begins with %s', async (...json) => {
    const { emulator, at } = await startEmulated()
    const receiver = profilesReceiver(emulator)
    let token = ''
    await runProfiles(emulator, async (req, res) => {
      await receiver.check(req)
      token = String(req.headers.authorization).slice('Bearer '.length)
      res.writeHead(403, `No ${token}`, { 'countersign-code': token }).end('no')
    })
    const args = ['call', 'user-profiles', '/', '--as', 'login', ...json.flat(), ...at]
    const { code, stdout, stderr } = await run(args)
    const { headers: _, ...answer } = json.length > 0 ? JSON.parse(stdout) : {}
    expect([code, token.length > 500]).toEqual([1, true])
    expect(stderr + JSON.stringify(answer)).not.toMatch(/eyJ|refused by/)
    expect(stderr).toBe('403 No [redacted]\n')
  })

  test.each([[['-H', `authorization Bearer ${shapeless}`]], [['-H', `ya29.${shapeless}`]]])(
    'a header without its colon is not repeated whole: %#',
    async (slip) => {
      const result = await run(['call', 'search', '/', '--anonymous', ...slip])
      expect(result).toMatchObject({ code: 2, stdout: '' })
      expect(result.stderr).toContain('has no header name before a colon')
      expect(result.stderr).not.toContain(shapeless)
    },
  )
})

describe('countersign proxy', () => {
  test('says no token of a path, in any spelling, nor the user of a URL', async () => {
    const { here, command } = await startProxy(hello)
    const secret = `ya29.${shapeless}`
    const encoded = [...secret].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
    for (const path of [secret, encoded, `Bearer%20${shapeless}`, `a?${secret}`, 'last']) {
      await (await fetch(`${here}/${path}`)).text()
    }
    command.child.kill('SIGINT')
    expect(await command.exit).toBe(0)
    const said = command.stdout() + command.stderr()
    expect(said).toContain('200 GET /[redacted]')
    expect(said).toContain('200 GET /last')
    expect(decodeURIComponent(said)).not.toContain('sesame')
  })

  test('says no user of a URL that it refuses', async () => {
    const url = `https://me:${shapeless}@a.example/?x=${shapeless}`
    const { code, stderr } = await run([
      'proxy',
      url,
      '--as',
      'account-a@b.iam.gserviceaccount.com',
    ])
    expect([code, stderr.includes('The URL must be')]).toEqual([2, true])
    expect(stderr).not.toContain(shapeless)
  })
})

describe('what answers as an emulator moves no cursor and says no token', () => {
  test('in its error', async () => {
    const at = await listen((_, response) => {
      response.writeHead(404).end(JSON.stringify({ error: `${hostile} ya29.${shapeless}` }))
    })
    const result = await run(['env', 'login', ...at])
    expect(result.code).toBe(2)
    expect(result.stderr).toContain('a\\u{1b}[2J\\u{9b}2J\\u{202e}b\\u{2028}c [redacted]')
    expectPlain(result)
  })

  test.each([[], ['--json']])('in its events, printed with %s', async (...json) => {
    const event = { type: 'push', delivery: 1, push: hostile, to: hostile, attempt: 1, status: 200 }
    const last = JSON.stringify({ ...event, outcome: 'acknowledged' })
    const at = await listen(({ url }, response) => {
      if (url !== '/emulator/v1/events') return response.end('{"delivery":1}')
      return response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .end(`data: ${last}\n\n`)
    })
    const result = await run(['push', 'orders', ...json.flat(), ...at])
    expect(result.code).toBe(0)
    expectPlain(result)
    if (json.length > 0) expect(JSON.parse(result.stdout)).toMatchObject({ push: hostile })
    else expect(result.stdout).toContain('a\\u{1b}[2J\\u{9b}2J\\u{202e}b\\u{2028}c to ')
  })
})

test.each([[], ['--json']])('the claims of a token move no cursor, with %s', async (...json) => {
  const { emulator, at } = await startEmulated()
  const token = await emulator.idToken('login', 'https://a.example', { name: hostile })
  const result = await run(['explain', ...json.flat(), ...at], { input: token })
  expect(result.code).toBe(0)
  expectPlain(result)
  if (json.length > 0) expect(JSON.parse(result.stdout).claims).toMatchObject({ name: hostile })
})
