import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy, type Policy } from '@countersign/policy'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../free-port.ts'
import { copyProject, run } from './_project.ts'

/** The services of examples/cloud-run, each a process, behind the emulator's front doors. */

const names = ['login', 'user-profiles', 'search']

let project: Awaited<ReturnType<typeof copyProject>>
let policy: Policy
let emulator: Emulator
const ports = new Map<string, number>()
const processes: ChildProcess[] = []

beforeAll(async () => {
  project = await copyProject()
  policy = await loadPolicy(join(project.folder, 'countersign.jsonc'), { environment: 'prod' })
  emulator = await startEmulator({ policy })
  for (const name of names) await start(name)
})

afterAll(async () => {
  const alive = processes.filter(({ exitCode }) => exitCode === null)
  const ends = alive.map((child) => once(child, 'exit'))
  for (const child of alive) child.kill()
  await Promise.all(ends)
  await emulator?.stop()
  await project?.remove()
})

async function start(name: string): Promise<void> {
  const port = await freePort()
  const env = { ...process.env, ...emulator.env(name), PORT: `${port}` }
  const args = ['--conditions=@countersign/source', `services/${name}.ts`]
  const child = spawn(process.execPath, args, { cwd: project.folder, env, stdio: 'inherit' })
  processes.push(child)
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`${name} ended with ${child.exitCode}`)
    await sleep(50)
  }
  ports.set(name, port)
  emulator.forwardTo(name, `http://127.0.0.1:${port}`)
}

async function listens(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1')
  const came = await Promise.race([
    once(socket, 'connect').then(
      () => true,
      () => false,
    ),
    sleep(1_000).then(() => false),
  ])
  socket.destroy()
  return came
}

async function statusOf(url: string, as?: string, audience?: string): Promise<string> {
  const token = as && (await emulator.idToken(as, audience ?? ''))
  const answer = await fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : {})
  await answer.text()
  return `${answer.status} ${answer.headers.get('countersign-code') ?? '-'}`
}

function own(name: string, path: string): string {
  return `http://127.0.0.1:${ports.get(name)}${path}`
}

test('anybody calls login, which calls user-profiles, which calls search', async () => {
  const answer = await fetch(`${emulator.frontDoor('login')}/welcome/7`)
  expect(await answer.json()).toEqual({
    welcome: { id: '7', similar: ['7'], asked: 'login-run@acme.iam.gserviceaccount.com' },
  })
})

test('login can’t search, neither by IAM nor by the service', async () => {
  const [audience = ''] = policy.services.get('search')?.audiences ?? []
  const path = '/search?q=7'
  const frontDoor = `${emulator.frontDoor('search')}${path}`
  expect(await statusOf(frontDoor, 'login', audience)).toBe('403 -')
  expect(await statusOf(own('search', path), 'login', audience)).toBe('403 caller_not_allowed')
  expect(await statusOf(own('search', path), 'user-profiles', audience)).toBe('200 -')
})

test('nobody calls the private services without a token', async () => {
  for (const name of ['user-profiles', 'search']) {
    expect(await statusOf(emulator.frontDoor(name))).toBe('403 -')
    expect(await statusOf(own(name, '/'))).toBe('401 token_missing')
  }
})

test('Pub/Sub delivers to search', async () => {
  const { outcome } = await emulator.push('profiles-changed', { data: { id: '7' } })
  expect(outcome).toBe('acknowledged')
})

test.each(names)('the start-up probe of %s needs no token', async (name) => {
  expect(await statusOf(own(name, '/ready'))).toBe('200 -')
})

test('they compile', async () => {
  await writeFile(join(project.folder, 'tsconfig.json'), JSON.stringify(consumer))
  const { stdout } = await run('tsc', ['-p', project.folder]).catch((error) => error)
  expect(stdout).toBe('')
}, 60_000)

/** As a user's project is compiled, which has no build of its own. */
const consumer = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    composite: false,
    isolatedDeclarations: false,
    declaration: false,
    emitDeclarationOnly: false,
  },
  include: ['services/*.ts'],
}
