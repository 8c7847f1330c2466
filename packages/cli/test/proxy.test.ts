import { describe, expect, test } from 'vitest'
import { run, start } from './command.ts'
import { startGoogle } from './google.ts'
import { hello, loginEmail, serve, startProxy } from './proxy/_proxied.ts'

describe('countersign proxy', () => {
  test('the receiver verifies the account that it calls as', async () => {
    const { here } = await startProxy((receiver) => async (req, res) => {
      const decision = await receiver.check(req)
      res.end(decision.allowed ? decision.caller?.email : decision.denial.code)
    })
    const answer = await fetch(`${here}/profiles/7`)
    expect([answer.status, await answer.text()]).toEqual([200, loginEmail])
  })

  test('a service that can’t be reached is 502', async () => {
    const { env } = await startGoogle()
    const args = ['proxy', 'http://127.0.0.1:1', '--as', loginEmail, '--port', '0']
    const [, here = ''] = await start(args, { env }).said(/^(http:\S+) forwards to /)
    expect((await fetch(here)).status).toBe(502)
  })

  test('an account that does not exist ends it before it listens, and what to do', async () => {
    const { env } = await startGoogle()
    const stranger = 'stranger@other.iam.gserviceaccount.com'
    const args = ['proxy', await serve(hello()), '--as', stranger, '--port', '0']
    const { code, stdout, stderr } = await run(args, { env })
    expect(stderr).toContain(`gcloud iam service-accounts describe ${stranger}`)
    expect([code, stdout]).toEqual([3, ''])
  })

  test('as JSON each request is a line too', async () => {
    const { env, emulator } = await startGoogle()
    const to = emulator.frontDoor('user-profiles')
    const args = ['proxy', to, '--as', loginEmail, '--port', '0', '--json']
    const command = start(args, { env })
    const [, here = ''] = await command.said(/"url":"([^"]+)"/)
    await fetch(`${here}/profiles/7?secret=1`)
    await command.said(/^{"status".*}$/m)
    const [first, second] = command.stdout().split('\n')
    expect(JSON.parse(first ?? '')).toEqual({ url: here, to, as: loginEmail })
    expect(JSON.parse(second ?? '')).toEqual({ status: 401, method: 'GET', path: '/profiles/7' })
    expect(command.stderr()).toMatch(/^\(node:\d+\) \[COUNTERSIGN_EMULATOR\] .*\n.*\n$/)
  })

  test('a request with a header that the token goes into is refused', async () => {
    const { here } = await startProxy(hello)
    const answer = await fetch(here, { headers: { authorization: 'Bearer mine' } })
    expect(answer.status).toBe(400)
    expect(await answer.text()).toMatch(/^header_conflict: .*Remove it/)
  })

  test('what it says holds no token', async () => {
    const { here, command } = await startProxy(hello)
    await fetch(`${here}/?access=secret`)
    command.child.kill('SIGINT')
    expect(await command.exit).toBe(0)
    expect(command.stdout() + command.stderr()).not.toMatch(/eyJ|secret/)
  })
})

test('a reader of standard error that leaves stops it', async () => {
  const { here, command } = await startProxy(hello)
  command.child.stderr?.destroy()
  await fetch(here)
  expect(await command.exit).toBe(0)
})

describe('countersign proxy refuses', () => {
  test.each([
    [['--as', 'login'], /must be the email of a service account/],
    [['--as', loginEmail, '--allow-origin', 'localhost:5173'], /Write --allow-origin http:/],
    [[], /required option '--as <account>' not specified/],
  ])('%j', async (args, reason) => {
    const { code, stderr } = await run(['proxy', 'https://a-1.us-central1.run.app', ...args])
    expect(stderr).toMatch(reason)
    expect(code).toBe(2)
  })

  test.each([
    ['http://10.0.0.1', 'could read the token in a request to http://10.0.0.1', '--insecure-http'],
    [
      'not-a-url',
      'http or https URL, but is "not-a-url"',
      'https://search-123.us-central1.run.app',
    ],
    ['ftp://a.example', 'http or https URL, but is "ftp://a.example"', 'https://'],
    ['https://ann@a.example', 'http or https URL, but is', 'https://'],
  ])('%s, and says what to write', async (url, problem, hint) => {
    const { code, stderr } = await run(['proxy', url, '--as', loginEmail])
    expect(stderr).toContain(problem)
    expect(stderr).toContain(hint)
    expect(stderr).not.toContain('targets')
    expect(code).toBe(2)
  })
})
