import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { everything } from './_everything.ts'
import { codesIn, examples, tableOf } from './_readme.ts'

const told = await everything()

test('the table of metrics is what is exported', () => {
  const rows = tableOf('metric').map(([name, type = '', attributes]) => ({
    name: codesIn(name)[0],
    type: type.replace(/, .*/, ''),
    unit: codesIn(type)[0],
    attributes: codesIn(attributes).toSorted(),
  }))
  expect(rows.toSorted(byName)).toEqual(told.metrics.toSorted(byName))
})

test('the table of attributes is what is exported', () => {
  const rows = tableOf('attribute').flatMap(([name, on = '']) =>
    on.split(', ').map((place) => `${codesIn(name)[0]} on ${place}`),
  )
  expect(rows.toSorted()).toEqual(told.attributes.toSorted())
})

test('the example runs, and its metrics are exported', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-readme-'))
  const port = await freePort()
  const service = run(await writeExample(folder), port)
  try {
    const exported = prints(service, /countersign\.receiver\.decisions.*'token_missing'/s)
    expect(await statusOf(`http://127.0.0.1:${port}/`, service)).toBe(401)
    expect(await exported).toBe(true)
  } finally {
    service.kill()
    await rm(folder, { recursive: true })
  }
})

function byName(a: { name: string | undefined }, b: { name: string | undefined }): number {
  return String(a.name).localeCompare(String(b.name))
}

/** As a project that has this package installed, and beside it what this package has. */
async function writeExample(folder: string): Promise<string> {
  const root = fileURLToPath(new URL('..', import.meta.url))
  const project = join(folder, 'project')
  await mkdir(join(project, 'node_modules/@countersign'), { recursive: true })
  await symlink(root, join(project, 'node_modules/@countersign/opentelemetry'))
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  for (const [name, code] of examples()) await writeFile(join(project, name), code)
  return project
}

function run(cwd: string, port: number): ChildProcess {
  const flags = ['--conditions=@countersign/source', '--import', './telemetry.ts']
  return spawn(process.execPath, [...flags, 'service.ts'], {
    cwd,
    env: { ...process.env, PORT: String(port), COUNTERSIGN_AUDIENCE: 'http://localhost' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

/** Whether a process prints this before it ends. */
async function prints({ stdout }: ChildProcess, awaited: RegExp): Promise<boolean> {
  let printed = ''
  for await (const chunk of stdout ?? []) {
    printed += String(chunk)
    if (awaited.test(printed)) return true
  }
  return false
}

/** The service needs a moment to listen. */
async function statusOf(url: string, service: ChildProcess): Promise<number> {
  while (service.exitCode === null) {
    const response = await fetch(url).catch(() => undefined)
    if (response !== undefined) return response.status
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the example ended with ${service.exitCode}`)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address !== null ? address.port : 0
}
