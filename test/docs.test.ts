import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { describe, expect, onTestFinished, test } from 'vitest'

/** The documentation says what the code does: tables match, examples compile, links lead somewhere. */

const root = fileURLToPath(new URL('..', import.meta.url))
const pages = await markdownPages()

async function markdownPages(): Promise<string[]> {
  const inDocs = await readdir(join(root, 'docs'), { recursive: true })
  const inPackages = await readdir(join(root, 'packages'))
  return [
    ...['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CONTRIBUTING.md'],
    ...inDocs.filter((file) => file.endsWith('.md')).map((file) => `docs/${file}`),
    ...inPackages.map((name) => `packages/${name}/README.md`),
  ].filter((page) => existsSync(join(root, page)))
}

async function read(page: string): Promise<string> {
  return readFile(join(root, page), 'utf8')
}

test('the table of errors holds every code that a caller throws', async () => {
  const table = await read('docs/reference/errors.md')
  const source = await read('packages/caller/src/errors.ts')
  const unions = source.slice(0, source.indexOf('export interface'))
  const codes = [...unions.matchAll(/\| '(\w+)'/g)].map(([, code]) => code)
  expect(codes).toHaveLength(10)
  for (const code of codes) expect(table).toContain(`\`${code}\``)
})

test('the page on log lines has every code and field of an entry', async () => {
  const page = await read('docs/reference/log-lines.md')
  const sources = ['receiver/src/events.ts', 'receiver/src/receiver.ts']
  sources.push('caller/src/events.ts', 'caller/src/health.ts')
  const text = await Promise.all(sources.map((source) => read(`packages/${source}`)))
  const entries = [
    ...text.join('\n').matchAll(/interface \w+(?:LogEntry|RulesInForce)\b[^{]*\{\n(.*?)\n\}/gs),
  ].map(([, members = '']) => members)
  expect(entries).toHaveLength(9)
  const names = entries.flatMap((members) =>
    [...members.matchAll(/^ {2}'?([\w./]+)'?\??: /gm)].map(([, name]) => name),
  )
  const codes = entries.flatMap((members) =>
    [...(members.match(/^ {2}code: .*/m)?.[0] ?? '').matchAll(/'(\w+)'/g)].map(([, code]) => code),
  )
  expect(codes.length).toBeGreaterThan(8)
  for (const name of [...names, ...codes]) expect(page).toContain(`\`${name}\``)
})

test('the README fits on a few screens', async () => {
  expect((await read('README.md')).split('\n').length).toBeLessThanOrEqual(150)
})

describe('links', () => {
  test.each(pages)('of %s lead somewhere', async (page) => {
    const links = [...(await read(page)).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)]
    for (const [, link = ''] of links) {
      expect(existsSync(join(root, dirname(page), link)), link).toBe(true)
    }
  })
})

/** The recipes of docs/guides/http-clients.md, as the tests in ecosystem/ run them. */
const recipes = await readRecipes()

async function readRecipes(): Promise<string[]> {
  const folder = 'test/ecosystem/recipes'
  const files = await readdir(join(root, folder))
  return Promise.all(
    files.filter((file) => file.endsWith('.ts')).map((file) => read(`${folder}/${file}`)),
  )
}

test('the guide to HTTP clients shows the recipes as they are tested, and no other', async () => {
  const page = await read('docs/guides/http-clients.md')
  const shown = examplesOf(page)
  expect(recipes.length).toBeGreaterThan(9)
  expect(shown.toSorted()).toEqual(recipes.toSorted())
})

test('the guide to other languages shows nothing but what is tested', async () => {
  const folder = join(root, 'test/interop/clients')
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.\w+$/.test(file))
  const tested = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const page = await read('docs/guides/other-languages.md')
  const shown = [...page.matchAll(/^```(?:python|go|java|rust|js|sh)\n([\s\S]*?)^```/gm)]
  expect(shown).toHaveLength(14)
  for (const [, code = ''] of shown) {
    expect(
      tested.some((file) => file.includes(code)),
      code,
    ).toBe(true)
  }
})

test('the reports example has the guide’s guard', async () => {
  const guard = await read('test/interop/clients/python/emulator.py')
  expect(await read('docker/reports/emulator.py')).toBe(guard)
})

test('every example compiles', async () => {
  const folder = await mkdtemp(join(root, 'test/.examples-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  let count = 0
  for (const page of pages) {
    for (const code of examplesOf(await read(page))) {
      if (recipes.includes(code)) continue // among the files that `pnpm check` compiles
      count += 1
      await writeFile(join(folder, `example-${count}.ts`), code)
    }
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(consumer))
  const { stdout } = await promisify(execFile)('tsc', ['-p', folder]).catch((error) => error)
  expect(stdout).toBe('')
  expect(count).toBeGreaterThan(3)
}, 60_000)

function examplesOf(page: string): string[] {
  return [...page.matchAll(/^ *```ts\n([\s\S]*?)^ *```/gm)].map(([, code = '']) => code)
}

/** Each example is a module of its own, read as a user's project would be. */
const consumer = {
  extends: '../../tsconfig.base.json',
  compilerOptions: {
    noEmit: true,
    composite: false,
    isolatedDeclarations: false,
    declaration: false,
    emitDeclarationOnly: false,
    moduleDetection: 'force',
    noUnusedLocals: false,
  },
  include: ['*.ts'],
}
