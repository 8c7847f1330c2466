import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { run, start } from './command.ts'
import { profilesReceiver, profilesUrl, pusher, runProfiles, startEmulated } from './emulated.ts'

const push = ['push', 'orders']

describe('countersign push', () => {
  test('delivers as Pub/Sub does, and ends with 0 once it is acknowledged', async () => {
    const { emulator, at } = await startEmulated()
    const bodies: string[] = []
    await runProfiles(emulator, async (req, res) => {
      bodies.push(await text(req))
      res.writeHead(204).end()
    })
    const args = ['--data', '{ "order": 7.0 }', '-a', 'origin=web', '-a', 'empty=']
    const result = await run([...push, ...args, ...at])
    expect(result).toMatchObject({
      code: 0,
      stdout: 'orders to user-profiles, attempt 1: 204, acknowledged\n',
      stderr: '',
    })
    const { message, subscription } = JSON.parse(bodies[0] ?? '')
    expect(subscription).toMatch(/\/orders$/)
    expect(message.attributes).toEqual({ origin: 'web', empty: '' })
    expect(Buffer.from(message.data, 'base64').toString()).toBe('{ "order": 7.0 }')
  })

  test('prints the attempts as they are made, each with the time to the next', async () => {
    const { emulator, at } = await startEmulated()
    let calls = 0
    await runProfiles(emulator, (_, res) => {
      calls += 1
      res.writeHead(calls < 3 ? 500 : 200).end()
    })
    const { code, stdout } = await run([...push, '--speed', '1000', ...at])
    const lines = stdout.trim().split('\n')
    expect(lines).toHaveLength(3)
    expect(lines[0]).toMatch(
      /^orders to user-profiles, attempt 1: 500, again in [\d.]+ s \(here 0[\d.]+ s\)$/,
    )
    expect(lines[2]).toBe('orders to user-profiles, attempt 3: 200, acknowledged')
    expect(code).toBe(0)
  })

  test('says an attempt before the next is made', async () => {
    const { emulator, at } = await startEmulated()
    let isUp = false
    await runProfiles(emulator, (_, res) => res.writeHead(isUp ? 200 : 503).end())
    const started = start([...push, '--speed', '5', ...at])
    await started.said(/attempt 1: 503, again/)
    isUp = true
    expect(await started.exit).toBe(0)
  })

  test('ends with 1 once it is given up, and prints no token', async () => {
    const { emulator, at } = await startEmulated()
    const receiver = profilesReceiver(emulator)
    await runProfiles(emulator, async (req, res) => {
      const decision = await receiver.check(req)
      res.writeHead(decision.allowed ? 204 : decision.denial.status).end()
    })
    const args = ['--max-attempts', '2', '--speed', '1000', '--json']
    const { code, stdout } = await run([...push, ...args, ...at])
    const attempts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(attempts).toMatchObject([
      { type: 'push', attempt: 1, status: 403, outcome: 'will-retry' },
      { type: 'push', attempt: 2, status: 403, outcome: 'given-up' },
    ])
    expect(stdout).not.toContain('eyJ')
    expect(code).toBe(1)
  })

  test('each refused attempt says why, and the first what to do', async () => {
    const { emulator, at } = await startEmulated()
    const args = ['push', 'unaddressed', '--max-attempts', '2', '--speed', '1000']
    const { code, stdout, stderr } = await run([...args, ...at])
    const why = `refused: ${pusher} -> user-profiles POST /push/orders: front door, token_invalid (aud: got ${profilesUrl}/push/orders, expected ${profilesUrl}) ${emulator.url}/?call=`
    const [first, reason, second, same] = stdout.trim().split('\n')
    expect([first, second]).toEqual([
      'unaddressed to user-profiles, attempt 1: 401, again in 10 s (here 0.01 s)',
      'unaddressed to user-profiles, attempt 2: 401, given up',
    ])
    expect([reason, same].map((line) => line?.replace(/\d+$/, ''))).toEqual([
      `  ${why}`,
      `  ${why}`,
    ])
    expect(stderr).toBe(
      `Set the "audience" of pushes.unaddressed to "${profilesUrl}", in the policy and at Google.\n`,
    )
    expect(code).toBe(1)
  })

  test('a long wait names --speed, once', async () => {
    const { at } = await startEmulated()
    const started = start([...push, ...at])
    await started.said(/attempt 1: 503, again in 10 s\n {2}refused: .*app_unreachable/)
    await expect.poll(started.stderr).toBe('To wait less: countersign push orders --speed 60\n')
  })

  test('as JSON an attempt has its refusal', async () => {
    const { at } = await startEmulated()
    const { stdout } = await run(['push', 'unaddressed', '--max-attempts', '1', '--json', ...at])
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'push',
      status: 401,
      refusal: { by: 'front-door', code: 'token_invalid', claim: 'aud', expected: [profilesUrl] },
    })
  })

  test('follows its own delivery, not one that is still under way', async () => {
    const { emulator, at } = await startEmulated()
    await runProfiles(emulator, (req, res) => {
      res.writeHead(req.url === '/push/slow' ? 500 : 200).end()
    })
    await run([...push, '--path', '/push/slow', '--no-wait', ...at])
    const { code, stdout } = await run([...push, ...at])
    expect([code, stdout]).toEqual([0, 'orders to user-profiles, attempt 1: 200, acknowledged\n'])
  })

  test('with --no-wait ends at once', async () => {
    const { at } = await startEmulated()
    const { code, stdout } = await run([...push, '--no-wait', '--json', ...at])
    expect([code, JSON.parse(stdout)]).toEqual([0, { delivery: 1 }])
  })

  test('an emulator that ends meanwhile ends it', async () => {
    const { emulator, at } = await startEmulated()
    const started = start([...push, ...at])
    await started.said(/attempt 1: 503, again/)
    await emulator.stop()
    expect(await started.exit).toBe(3)
    expect(started.stderr()).toContain('The emulator')
  })

  test.each([
    [['push', 'ordres'], 'write one of orders, unaddressed'],
    [[...push, '-a', 'novalue'], 'Write --attribute name=value'],
    [[...push, '--speed', '0'], 'Write a number above 0'],
    [[...push, '--payload', 'raw'], 'Allowed choices are wrapped'],
    [[...push, '--max-attempts', '0'], 'maxAttempts must be a whole number: write one from 1'],
  ])('%j is wrong usage', async (args, said) => {
    const { at } = await startEmulated()
    const { code, stderr } = await run([...args, ...at])
    expect(stderr).toContain(said)
    expect(code).toBe(2)
  })
})
