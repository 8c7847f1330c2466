import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const fromSource = '--conditions=@countersign/source'

export interface Started {
  child: ChildProcess
  pid: number
  stdout(): string
  stderr(): string
  /** Resolves with the first match of standard output; rejects where the command ends before. */
  said(pattern: RegExp): Promise<RegExpMatchArray>
  exit: Promise<number | null>
}

export interface StartOptions {
  env?: NodeJS.ProcessEnv
  cwd?: string
  input?: string
}

/** Starts the command as a user would, from its source, in the repository's root. */
export function start(args: readonly string[], options: StartOptions = {}): Started {
  return startProgram(process.execPath, [fromSource, main, ...args], options)
}

/** The same, in a terminal of its own (util-linux): it is closed once `script` is gone. */
export function startInTerminal(args: readonly string[]): Started {
  const command = [process.execPath, fromSource, main, ...args].map((arg) => `'${arg}'`).join(' ')
  return startProgram('script', ['-qec', command, '/dev/null'], {})
}

function startProgram(program: string, args: readonly string[], options: StartOptions): Started {
  const { env, cwd = root, input } = options
  const child = spawn(program, [...args], {
    cwd,
    // Tests run through npx, and hints name the command as its user started it.
    env: { ...process.env, npm_command: '', NO_COLOR: '1', NODE_OPTIONS: fromSource, ...env },
    stdio: 'pipe',
  })
  child.stdin.end(input)
  const out = collect(child.stdout)
  const err = collect(child.stderr)
  const exit = once(child, 'close').then(([code]) => code as number | null)
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await exit
  })
  return {
    child,
    pid: child.pid as number,
    stdout: out.text,
    stderr: err.text,
    said: (pattern) => Promise.race([out.match(pattern), endedBefore(pattern)]),
    exit,
  }

  async function endedBefore(pattern: RegExp): Promise<never> {
    const code = await exit
    throw new Error(`ended with ${code} before it said ${pattern}: ${out.text()}${err.text()}`)
  }
}

export interface Result {
  code: number | null
  stdout: string
  stderr: string
}

/** Runs the command to its end. */
export async function run(args: readonly string[], options: StartOptions = {}): Promise<Result> {
  const { exit, stdout, stderr } = start(args, options)
  return { code: await exit, stdout: stdout(), stderr: stderr() }
}

function collect(stream: NodeJS.ReadableStream): {
  text(): string
  match(pattern: RegExp): Promise<RegExpMatchArray>
} {
  let text = ''
  stream.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  return {
    text: () => text,
    async match(pattern) {
      for (;;) {
        const found = pattern.exec(text)
        if (found) return found
        await once(stream, 'data')
      }
    },
  }
}
