/** Runs the commands of one cell: in its folder, with its Node. */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'

/** Where a cell runs, and what with. */
export interface Shell {
  /** Writes files, by their paths; an object is written as JSON. */
  write(files: Record<string, string | object>): Promise<void>
  /** Runs one of the project's commands; an error holds what it wrote. */
  run(command: string, ...args: string[]): Promise<string>
  /** Runs one with the newest Node, whatever the cell's is. */
  runWithNewest(command: string, ...args: string[]): Promise<string>
  /** Starts one, until the cell ends. */
  start(command: string, ...args: string[]): ChildProcess
  /** Runs a program that prints what {@link checkPackages} found. */
  service(file: string): Promise<void>
  /** Runs a bundle as {@link service} does, and once more where the optional peer is installed. */
  bundle(file: string): Promise<void>
}

export interface Cell {
  readonly folder: string
  /** Where `node` lies. */
  readonly node: string
  /** The same of the newest one. */
  readonly newest?: string
  /** A project with nothing but the optional peer, and what bundles leave out. */
  readonly withPeer: string
}

const facts = 7

export function shellOf({ folder, node, newest = node, withPeer }: Cell): Shell {
  const bins = [node, join(folder, 'node_modules/.bin'), join(folder, '../node_modules/.bin')]
  const env = {
    ...process.env,
    PATH: [...bins, process.env.PATH].join(':'),
    NODE_OPTIONS: '',
    NEXT_TELEMETRY_DISABLED: '1',
    CI: 'true',
  }

  async function run(command: string, ...args: string[]): Promise<string> {
    return runIn(env, command, ...args)
  }

  async function runIn(env: NodeJS.ProcessEnv, command: string, ...args: string[]) {
    const options = { cwd: folder, env, timeout: 300_000, maxBuffer: 2 ** 26 }
    try {
      return (await promisify(execFile)(command, args, options)).stdout
    } catch (error) {
      const { stdout, stderr } = error as { stdout: string; stderr: string }
      throw new Error(`${command} ${args.join(' ')}\n${stdout}\n${stderr}`)
    }
  }

  async function service(file: string): Promise<void> {
    assertHeld(await run('node', file), 'a federation without google-auth-library says')
  }

  return {
    run,
    runWithNewest: (...command) => runIn({ ...env, PATH: `${newest}:${env.PATH}` }, ...command),
    service,
    start: (command, ...args) => spawn(command, args, { cwd: folder, env }),
    async write(files) {
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(folder, path)), { recursive: true })
        const text = typeof content === 'string' ? content : JSON.stringify(content)
        await writeFile(join(folder, path), text)
      }
    },
    async bundle(file) {
      await service(file)
      const copy = join(withPeer, basename(folder))
      await cp(join(folder, dirname(file)), copy, { recursive: true })
      await cp(join(folder, 'countersign.jsonc'), join(copy, 'countersign.jsonc'))
      const there = { cwd: copy, env: { ...env, PEER: 'installed' }, timeout: 60_000 }
      const { stdout } = await promisify(execFile)('node', [basename(file)], there)
      assertHeld(stdout, 'a federation finds google-auth-library')
    },
  }
}

/** Each line of the service is a fact; the last one is about the optional peer. */
export function assertHeld(stdout: string, last: string): void {
  const held = stdout.trim().split('\n')
  if (held.length !== facts || !held.at(-1)?.startsWith(last)) throw new Error(`held:\n${stdout}`)
}
