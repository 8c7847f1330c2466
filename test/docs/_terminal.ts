/** A folder with the examples' policy, in which `npx countersign` is this workspace's command. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { read, root } from './_blocks.ts'

export interface Terminal {
  /** Runs a line as a shell does. */
  run(line: string): Promise<Ended>
  /** Runs one that goes on, until what it printed is as expected; then Ctrl-C. */
  runUntil(line: string, printed: RegExp): Promise<Ended>
  /** What `countersign dev` has printed so far. */
  devOutput(): string
  close(): Promise<void>
}

/** What a command printed, on either stream, and its exit code. */
interface Ended {
  exitCode: number | null
  output: string
}

/** The workspace's command and the demo, as what the pages show; nothing is taken from a registry. */
const npx = `#!/usr/bin/env bash
[ "$*" = "-y pnpm@12 demo" ] && exec node "${join(root, 'examples/demo/run.ts')}"
[ "$1" = countersign ] || { echo "npx $1 is not for this terminal"; exit 64; }
shift
export npm_command=exec # as npx does
# The usual port may be another's on this machine.
[ "$1" = dev ] && set -- "$@" --port 0
exec node "${join(root, 'packages/cli/src/main.ts')}" "$@"
`

/** search, as a service that a push has to be delivered to twice. */
const orders = `import { createServer } from 'node:http'
let deliveries = 0
createServer((request, response) => {
  if (request.url !== '/push/orders') return response.end('{}')
  response.writeHead(++deliveries === 1 ? 503 : 204).end()
}).listen(process.env.PORT, '127.0.0.1')
`

/** Opens one in which \`countersign dev\` runs, as the pages have it. */
export async function openTerminal(): Promise<Terminal> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-console-'))
  await mkdir(join(folder, 'bin'))
  await writeFile(join(folder, 'bin/npx'), npx)
  await chmod(join(folder, 'bin/npx'), 0o755)
  await writeFile(join(folder, 'orders.mjs'), orders)
  await writeFile(join(folder, 'countersign.jsonc'), policy())
  for (const name of ['login', 'user-profiles']) {
    await symlink(join(root, 'examples', name), join(folder, name))
  }
  const env = {
    ...process.env,
    PATH: [join(folder, 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter),
    NODE_OPTIONS: '--conditions=@countersign/source --disable-warning=CountersignWarning',
    NO_COLOR: '1',
    // No credentials of this machine's user.
    HOME: folder,
    CLOUDSDK_CONFIG: folder,
    GCE_METADATA_HOST: '127.0.0.1:1',
  }
  const dev = start('npx countersign dev countersign.jsonc --environment prod', {
    cwd: folder,
    env,
    runsOn: true,
  })
  const [, emulator = ''] = await dev.prints(/page are at (http:\/\/[\d.:]+)\./)
  const [, login = ''] = await dev.prints(/^ {2}login +\S+ -> (\S+)$/m)
  await answers(`${login}/ready`)
  const there = { cwd: folder, env: { ...env, COUNTERSIGN_EMULATOR: emulator } }
  return {
    run: (line) => start(line, there).ended,
    async runUntil(line, printed) {
      const running = start(line, { cwd: folder, env, runsOn: true })
      await running.prints(printed)
      return running.stop()
    },
    devOutput: dev.output,
    async close() {
      await dev.stop()
      await rm(folder, { recursive: true })
    },
  }
}

/** That of the examples, with a push and a public service, as in docs/reference/policy.md. */
function policy(): string {
  const text = read('examples/countersign.jsonc').replaceAll(/^\s*\/\/.*$/gm, '')
  const { services, ...rest } = JSON.parse(text)
  const audience = 'https://search-123456789012.us-central1.run.app'
  const serviceAccount = 'orders-push@acme.iam.gserviceaccount.com'
  return JSON.stringify({
    ...rest,
    services: {
      ...services,
      login: { ...services.login, public: true },
      search: { ...services.search, command: 'node orders.mjs' },
    },
    pushes: {
      orders: { kind: 'pubsub', serviceAccount, audience, to: 'search', path: '/push/orders' },
    },
  })
}

interface Running {
  output(): string
  ended: Promise<Ended>
  /** Resolves once what it printed matches. */
  prints(expected: RegExp): Promise<RegExpMatchArray>
  /** Ctrl-C, for it and all that it started. */
  stop(): Promise<Ended>
}

function start(
  line: string,
  { runsOn = false, ...options }: { cwd: string; env: NodeJS.ProcessEnv; runsOn?: boolean },
): Running {
  const args = ['-c', `exec 2>&1\n${runsOn ? 'exec ' : ''}${line}`]
  const child = spawn('bash', args, {
    ...options,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text) => {
    output += text
  })
  const ended = once(child, 'close').then(([exitCode]): Ended => ({ exitCode, output }))
  return {
    ended,
    output: () => output,
    async prints(expected) {
      for (;;) {
        const found = output.match(expected)
        if (found) return found
        const event = await Promise.race([once(child.stdout, 'data'), ended])
        if (!Array.isArray(event)) throw new Error(`${line} ended; it printed\n${output}`)
      }
    },
    stop() {
      interrupt(child)
      return ended
    },
  }
}

function interrupt({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGINT')
}

async function answers(url: string): Promise<void> {
  for (const until = Date.now() + 20_000; Date.now() < until; ) {
    const answer = await fetch(url).catch(() => undefined)
    if (answer?.ok) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`${url} gave no answer`)
}
