import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { actionlint, lintWorkflows } from '../../scripts/release/workflows.ts'
import { countersign, example, read, run } from './_project.ts'

/** The workflow of examples/cloud-run. */

const workflow = await read('.github/workflows/deploy.yml')
const { jobs, permissions } = parse(workflow)

const command = await actionlint()

describe.skipIf(command === undefined)('actionlint', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'countersign-workflow-'))
    await mkdir(join(folder, '.git'))
    await cp(join(example, '.github'), join(folder, '.github'), { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true }))

  test('has nothing against it', async () => {
    await lintWorkflows(command ?? [], folder)
  }, 120_000)

  test('would find a mistake', async () => {
    const file = join(folder, '.github/workflows/deploy.yml')
    await writeFile(file, (await readFile(file, 'utf8')).replace('runs-on:', 'runs-in:'))
    await expect(lintWorkflows(command ?? [], folder)).rejects.toThrow()
  }, 120_000)
})

test('each action is pinned to a commit, and the jobs have the rights that they need', () => {
  const uses = [...workflow.matchAll(/uses: (.*)/g)].map(([, action]) => action)
  expect(uses.length).toBeGreaterThan(5)
  for (const action of uses)
    expect(action).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  expect(permissions).toEqual({})
  expect(jobs.check.permissions).toEqual({ contents: 'read' })
  expect(jobs.policy.permissions).toEqual({ contents: 'read', 'pull-requests': 'write' })
  expect(jobs.deploy.permissions).toEqual({ contents: 'read', 'id-token': 'write' })
})

test('no expression stands in a script, where a title or a branch could inject', () => {
  const scripts = Object.values<{ steps: { run?: string }[] }>(jobs)
    .flatMap(({ steps }) => steps)
    .flatMap(({ run: script }) => script ?? [])
  expect(scripts.length).toBeGreaterThan(8)
  for (const script of scripts) expect(script).not.toContain('${{')
})

test('the commands that it runs are there, and a changed policy makes a comment', async () => {
  expect(await countersign('policy', 'check', 'countersign.jsonc')).toContain('is valid')
  const script = jobs.policy.steps.at(-1).run
  const folder = await mkdtemp(join(tmpdir(), 'countersign-workflow-'))
  const after = (await read('countersign.jsonc')).replace('["/profiles/:id"]', '["/*path"]')
  await cp(join(example, 'countersign.jsonc'), join(folder, 'countersign.jsonc'))
  await writeFile(join(folder, 'changed.jsonc'), after)
  const source = join(example, '../../packages/cli/src/main.ts')
  const programs = {
    gh: `if [ "$1" = api ]; then cat changed.jsonc; else cat comment.md; fi`,
    npx: `shift; exec '${process.execPath}' --conditions=@countersign/source '${source}' "$@"`,
  }
  for (const [name, text] of Object.entries(programs)) {
    await writeFile(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 })
  }
  const env = { ...process.env, PATH: `${folder}:${process.env.PATH}`, GH_REPO: 'a/b', NUMBER: '7' }
  const shell = ['-e', '-o', 'pipefail', '-c', script]
  const { stdout } = await run('bash', shell, { cwd: folder, env: { ...env, HEAD: 'abc' } })
  await rm(folder, { recursive: true })
  expect(stdout).toContain('This change adds and removes calls:')
  expect(stdout).toContain(
    '+ login (login-run@acme.iam.gserviceaccount.com) calls user-profiles: GET /*path',
  )
})
