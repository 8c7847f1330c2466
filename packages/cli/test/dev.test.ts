import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { run, start } from './command.ts'
import { policyWith } from './policy.ts'
import { isAlive, pidsOf } from './processes.ts'

const dev = ['dev', '--port', '0']

/** A server that says its process's number, and its child's. */
const server = `
const { spawn } = require('node:child_process')
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
require('node:http').createServer((_, res) => res.end(process.env.NAME)).listen(process.env.PORT)
console.log('pids', process.pid, child.pid)
`

/** Refuses each call, as verifyCaller does. */
const refusing = `
require('node:http').createServer((_, res) => {
  res.writeHead(401, { 'countersign-code': 'key_unknown' }).end()
}).listen(process.env.PORT, () => console.log('listening'))
`

/** Heeds no signal that can be ignored, and neither does what it starts. */
const stubborn = `
process.on('SIGTERM', () => console.log('not yet'))
console.log('pids', process.pid)
setInterval(() => {}, 1000)
`

test('on the examples every service is up, and Ctrl-C leaves no process', async () => {
  const started = start([...dev, 'examples/countersign.jsonc', '-e', 'prod', '--json'])
  const [line] = await started.said(/^{"url".*}$/m)
  const { services } = JSON.parse(line) as Record<string, Record<string, Record<string, string>>>
  expect(Object.keys(services ?? {})).toEqual(['website', 'login', 'user-profiles', 'search'])
  for (const name of ['login', 'user-profiles', 'search']) {
    const { app, frontDoor } = services?.[name] ?? {}
    expect(await (await untilUp(`${app}/ready`)).text()).toBe('ready')
    const refused = await fetch(`${frontDoor}/ready`)
    expect([name, refused.status]).toEqual([name, 403])
  }
  const children = await descendantsOf(started.pid)
  expect(children.length).toBeGreaterThanOrEqual(3)
  started.child.kill('SIGINT')
  expect(await started.exit).toBe(0)
  expect(children.filter(isAlive)).toEqual([])
  for (const { app = '', frontDoor = app } of Object.values(services ?? {})) {
    await expect(fetch(app)).rejects.toThrow('fetch failed')
    await expect(fetch(frontDoor)).rejects.toThrow('fetch failed')
  }
})

async function untilUp(url: string): Promise<Response> {
  for (;;) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer) return answer
    await sleep(50)
  }
}

/** What it has started, and what that has started, however deep. */
async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)('ps', ['-e', '-o', 'pid=,ppid='])
  const pairs = [...stdout.matchAll(/(\d+) +(\d+)/g)].map(([, ...pair]) => pair.map(Number))
  const under = (parent: number): number[] =>
    pairs.flatMap(([child = 0, ppid]) => (ppid === parent ? [child, ...under(child)] : []))
  return under(pid)
}

describe('countersign dev', () => {
  test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    '%s ends a service, the shell around it and what it started',
    async (signal) => {
      const command = 'sh -c "node server.cjs; true"'
      const policy = await policyWith({ a: { command }, b: { command } }, { 'server.cjs': server })
      const started = start([...dev, policy, '-e', 'test'])
      const pids = await pidsOf(started, 2)
      expect(pids.map(isAlive)).toEqual([true, true, true, true])
      started.child.kill(signal)
      expect(await started.exit).toBe(0)
      expect(pids.map(isAlive)).toEqual([false, false, false, false])
    },
  )

  test('lines say whose they are', async () => {
    const command = 'echo out; echo err >&2; echo "beyond: $COUNTERSIGN_EMULATOR_ALLOW_BEYOND."'
    const policy = await policyWith({ api: { command }, 'user-profiles': { command } })
    const { code, stdout } = await run([...dev, policy, '-e', 'test'])
    expect(stdout).toMatch(/^api {11}\| out$/m)
    expect(stdout).toMatch(/^api {11}\| beyond: \.$/m)
    expect(stdout).toMatch(/^user-profiles \| err$/m)
    expect(stdout).toMatch(/^countersign {3}\| api ended with 0$/m)
    expect(code).toBe(0)
  })

  test('as JSON each line names its service and its stream', async () => {
    const policy = await policyWith({ api: { command: 'echo out; echo err >&2' } })
    const { stdout } = await run([...dev, policy, '-e', 'test', '--json'])
    const said = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(said).toContainEqual({ service: 'api', stream: 'stdout', line: 'out' })
    expect(said).toContainEqual({ service: 'api', stream: 'stderr', line: 'err' })
  })

  test('a service that ends in an error ends all the others, with 1', async () => {
    const policy = await policyWith(
      { a: { command: 'node server.cjs' }, b: { command: 'sleep 1; exit 7' } },
      { 'server.cjs': server },
    )
    const started = start([...dev, policy, '-e', 'test'])
    const pids = await pidsOf(started, 1)
    expect(await started.exit).toBe(1)
    expect(started.stdout()).toContain('b ended with 7')
    expect(pids.map(isAlive)).toEqual([false, false])
  })

  test('a service that ends without an error leaves the others running', async () => {
    const policy = await policyWith(
      { a: { command: 'node server.cjs' }, job: { command: 'true' } },
      { 'server.cjs': server },
    )
    const started = start([...dev, policy, '-e', 'test'])
    const [pid = 0] = await pidsOf(started, 1)
    await started.said(/job ended with 0/)
    await sleep(200)
    expect(isAlive(pid)).toBe(true)
  })

  test('a second Ctrl-C kills what doesn’t heed the first', async () => {
    const policy = await policyWith(
      { a: { command: 'node stubborn.cjs' } },
      { 'stubborn.cjs': stubborn },
    )
    const started = start([...dev, policy, '-e', 'test'])
    const [pid = 0] = await pidsOf(started, 1)
    started.child.kill('SIGINT')
    await started.said(/not yet/)
    expect(isAlive(pid)).toBe(true)
    started.child.kill('SIGINT')
    expect(await started.exit).toBe(0)
    expect(isAlive(pid)).toBe(false)
  })

  test('what heeds no SIGTERM is killed after ten seconds, and whatever it started', async () => {
    const program = `const { spawn } = require('node:child_process')
    spawn(process.execPath, ['stubborn.cjs'], { stdio: 'inherit' })
    ${stubborn}`
    const policy = await policyWith(
      { a: { command: 'sh -c "node parent.cjs; true"' } },
      { 'parent.cjs': program, 'stubborn.cjs': stubborn },
    )
    const started = start([...dev, policy, '-e', 'test'])
    const pids = await pidsOf(started, 2)
    const begun = performance.now()
    started.child.kill('SIGTERM')
    expect(await started.exit).toBe(0)
    expect(performance.now() - begun).toBeGreaterThan(9_900)
    expect(pids.map(isAlive)).toEqual([false, false])
    expect(started.stdout()).not.toContain('nobody listens')
  }, 60_000)

  test('a reader that leaves stops it', async () => {
    const policy = await policyWith(
      { a: { command: 'node server.cjs; yes' } },
      { 'server.cjs': `${server}; setInterval(() => console.log('tick'), 20)` },
    )
    const started = start([...dev, policy, '-e', 'test'])
    const pids = await pidsOf(started, 1)
    started.child.stdout?.destroy()
    expect(await started.exit).toBe(0)
    expect(pids.map(isAlive)).toEqual([false, false])
  })

  test('where the command itself fails, nothing that it started is left', async () => {
    const policy = await policyWith(
      { a: { command: 'sh -c "node server.cjs; true"' }, b: { command: 'node stubborn.cjs' } },
      { 'server.cjs': server, 'stubborn.cjs': stubborn },
    )
    const bug = "process.on('SIGUSR2', () => { throw new Error('a bug') })"
    const loaded = `--import=data:text/javascript,${encodeURIComponent(bug)}`
    const env = { NODE_OPTIONS: `--conditions=@countersign/source ${loaded}` }
    const started = start([...dev, policy, '-e', 'test'], { env })
    const pids = await pidsOf(started, 2)
    started.child.kill('SIGUSR2')
    expect(await started.exit).toBe(1)
    // The machine's first process inherits them, and may take its time to bury them.
    await expect.poll(() => pids.map(isAlive), { timeout: 10_000 }).toEqual([false, false, false])
  })

  test('a refused call is a line: of the front door, of a receiver, of serviceFetch', async () => {
    const policy = await policyWith(
      { a: { command: 'node refusing.cjs' }, caller: { calls: { a: {} } } },
      { 'refusing.cjs': refusing },
    )
    const started = start([...dev, policy])
    const [, url = ''] = await started.said(/page are at (http:[^\s]+)\./)
    await started.said(/listening/)
    const at = ['--emulator', url]
    await run(['call', 'a', '/x?secret=1', '--anonymous', ...at])
    await started.said(
      /^countersign \| refused: nobody -> a GET \/x: front door, token_missing http:\S+\/\?call=\d+$/m,
    )
    await run(['call', 'a', '/x', '--as', 'caller', ...at])
    await started.said(/^countersign \| refused: caller -> a GET \/x: receiver, key_unknown http:/m)
    await fetch(`${url}/emulator/v1/refusals`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ service: 'a', method: 'GET', path: '/y', code: 'target_not_allowed' }),
    })
    await started.said(
      /^countersign \| refused: a -> no target GET \/y: serviceFetch, target_not_allowed http:\S+\/\?call=\d+$/m,
    )
    expect(started.stdout()).not.toContain('secret')
  })

  test('an edit of the policy counts at once, and a broken one leaves the old', async () => {
    const command = 'node server.cjs'
    const a = { command }
    const policy = await policyWith({ a, b: {} }, { 'server.cjs': server })
    const text = await readFile(policy, 'utf8')
    const edited = (services: object) => JSON.stringify({ ...JSON.parse(text), services })
    const started = start([...dev, policy])
    const [, url = ''] = await started.said(/page are at (http:[^\s]+)\./)
    await pidsOf(started, 1)
    const call = ['call', 'a', '/', '--as', 'b', '--emulator', url]
    expect((await run(call)).code).toBe(1)
    await writeFile(policy, edited({ a: { command, port: 1 }, b: { calls: { a: {} } }, c: {} }))
    await started.said(/^countersign \| the policy was edited: it counts now/m)
    await started.said(
      /counts only after a restart of this command: services.c is new, services.a.port$/m,
    )
    expect((await run(call)).code).toBe(0)
    await writeFile(policy, '{')
    await started.said(/^countersign \| the edited policy does not count: .*not a valid policy/m)
    expect((await run(call)).code).toBe(0)
    await writeFile(policy, text)
    await started.said(/(?:the policy was edited[\s\S]*){2}/)
    expect((await run(call)).code).toBe(1)
  })

  test('a push that IAM would refuse is warned of at the start', async () => {
    const push = { kind: 'pubsub', serviceAccount: 'pusher@acme.iam.gserviceaccount.com' }
    const pushes = { orders: { ...push, to: 'a', path: '/push' } }
    const { stdout } = await run([...dev, await policyWith({ a: { command: 'true' } }, {}, pushes)])
    expect(stdout).toMatch(/^countersign \| warning: pushes.orders delivers to services.a, .*IAM/m)
  })

  test('a service that does not listen on PORT is named after five seconds', async () => {
    const files = { 'deaf.cjs': 'setInterval(() => {}, 1000)', 'server.cjs': server }
    const services = {
      deaf: { command: 'node deaf.cjs' },
      fine: { command: 'node server.cjs' },
      // Without a number its project has no URL, so nobody calls it.
      job: { command: 'node deaf.cjs', project: 'acme-jobs' },
    }
    const started = start([...dev, await policyWith(services, files)])
    await started.said(
      /^countersign \| nobody listens on PORT \d+ for deaf: does deaf read PORT\?$/m,
    )
    expect(started.stdout()).not.toMatch(/listens on PORT \d+ for (fine|job)/)
  })

  test('a policy without commands is wrong usage', async () => {
    const policy = await policyWith({ a: {} })
    const { code, stderr } = await run([...dev, policy, '-e', 'test'])
    expect(stderr).toContain('Add "command": "node server.ts" to a service')
    expect(code).toBe(2)
  })
})
