/**
 * Machines of a network of their own: a network namespace each, at one bridge, with the names of all in
 * /etc/hosts, as `docker compose` gives them to its containers.
 */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What a program on a machine is run with. */
interface RunOptions {
  readonly args: readonly string[]
  readonly cwd: string
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv
}

/** Machines that see one another, and nothing else. */
export interface Network {
  /** Starts a program on a machine; it ends with the network. */
  start(machine: string, options: RunOptions): ChildProcessWithoutNullStreams
  addressOf(machine: string): string
  remove(): Promise<void>
}

/** Why this machine can't make networks; undefined where it can. */
export function whyNoNetwork(): string | undefined {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return 'this needs root on Linux'
  const name = `cs-try-${process.pid}`
  try {
    execFileSync('ip', ['netns', 'add', name], { stdio: 'pipe' })
    execFileSync('ip', ['-n', name, 'link', 'add', 'br0', 'type', 'bridge'], { stdio: 'pipe' })
    execFileSync('unshare', ['--mount', 'true'], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `network namespaces can't be made here: ${error}`
  } finally {
    spawn('ip', ['netns', 'del', name], { stdio: 'ignore' }).on('error', () => {})
  }
}

/** Makes a network with machines of these names. */
export function createNetwork(names: readonly string[]): Network {
  const prefix = `cs-${process.pid}`
  const folder = mkdtempSync(join(tmpdir(), 'countersign-network-'))
  const hosts = join(folder, 'hosts')
  const addressOf = (name: string): string => `10.77.0.${names.indexOf(name) + 1}`
  const lines = names.map((name) => `${addressOf(name)} ${name}`)
  writeFileSync(hosts, ['127.0.0.1 localhost', ...lines, ''].join('\n'))
  const bridge = `${prefix}-bridge`
  ip('netns', 'add', bridge)
  ip('-n', bridge, 'link', 'add', 'br0', 'type', 'bridge')
  ip('-n', bridge, 'link', 'set', 'br0', 'up')
  names.forEach((name, index) => {
    const machine = `${prefix}-${name}`
    const port = `port${index}`
    ip('netns', 'add', machine)
    ip('-n', machine, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', port, 'netns', bridge)
    ip('-n', bridge, 'link', 'set', port, 'master', 'br0', 'up')
    ip('-n', machine, 'address', 'add', `${addressOf(name)}/24`, 'dev', 'eth0')
    ip('-n', machine, 'link', 'set', 'eth0', 'up')
    ip('-n', machine, 'link', 'set', 'lo', 'up')
  })
  const children: ChildProcessWithoutNullStreams[] = []
  return {
    addressOf,
    start: (machine, { args, cwd, env }) => {
      // Each step becomes the next, so that the child is the program itself.
      const inside = 'mount --bind "$0" /etc/hosts && exec "$@"'
      const network = `--net=/run/netns/${prefix}-${machine}`
      const child = spawn(
        'nsenter',
        [network, 'unshare', '--mount', 'sh', '-c', inside, hosts, ...args],
        { cwd, env },
      )
      children.push(child)
      return child
    },
    remove: async () => {
      await Promise.all(children.map(end))
      for (const name of [...names, 'bridge']) ip('netns', 'del', `${prefix}-${name}`)
      rmSync(folder, { recursive: true })
    },
  }
}

async function end(child: ChildProcessWithoutNullStreams): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

function ip(...args: string[]): void {
  execFileSync('ip', args, { stdio: 'pipe' })
}
