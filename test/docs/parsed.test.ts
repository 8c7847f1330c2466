import { execFile } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { loadPolicy } from '@countersign/policy'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parse as parseYaml } from 'yaml'
import { type Block, blocks, pages, read, root } from './_blocks.ts'

/** Every block is read by what its language is for; TypeScript and the console are run as well, in tests of their own. */

/** Which test looks at the blocks of a language. */
const lookedAt: Record<string, string> = {
  ts: 'every example compiles; played.test.ts',
  console: 'console.test.ts',
  sh: 'a shell reads it',
  json: 'is JSON',
  jsonc: 'the policies load',
  yaml: 'is YAML',
  dockerfile: 'a Dockerfile has instructions that there are',
  text: 'packages/cli/test/reference.test.ts for its page, console.test.ts for guides',
  hcl: 'is of the deployment that is tested',
  ...Object.fromEntries(
    ['python', 'go', 'java', 'rust', 'js'].map((name) => [name, 'nothing but what is tested']),
  ),
}

test('there is no block that nothing looks at', () => {
  const figures = ['ARCHITECTURE.md'] // drawn with letters
  const languages = blocks.filter(({ page }) => !figures.includes(page)).map((one) => one.language)
  expect(blocks.length).toBeGreaterThan(100)
  expect([...new Set(languages)].toSorted()).toEqual(Object.keys(lookedAt).toSorted())
  const fences = pages.map((page) => read(page).match(/^ *```/gm)?.length ?? 0)
  expect(fences.reduce((sum, count) => sum + count)).toBe(2 * blocks.length)
})

test.each(blocksOf('json'))('$at is JSON', ({ code }) => {
  expect(JSON.parse(code)).toBeTypeOf('object')
})

test.each(blocksOf('jsonc'))('$at is a policy, or entries of one', async ({ code, page }) => {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-docs-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, 'countersign.jsonc'), await wholePolicy({ code, page }))
  const policy = await loadPolicy(join(folder, 'countersign.jsonc'), { environment: 'prod' })
  expect(policy.services.size).toBeGreaterThan(0)
})

/** A block with environments loads as it stands; of another its entries have to fit into a policy. */
async function wholePolicy({ code, page }: Pick<Block, 'code' | 'page'>): Promise<string> {
  if (code.includes('"environments"') || page === 'README.md') return code
  const text = code.trimStart().startsWith('{') ? code : `{ "services": { ${code} } }`
  const { services, pushes } = JSON.parse(text.replaceAll(/^\s*\/\/.*$/gm, ''))
  const prod = {
    ...{ project: 'acme', projectNumber: '123', region: 'us-central1' },
    accounts: '{service}-run',
  }
  return JSON.stringify({
    environments: { prod },
    services: { login: {}, search: {}, ...services },
    ...(pushes && { pushes }),
  })
}

test.each(blocksOf('yaml'))('$at is YAML', ({ code }) => {
  expect(parseYaml(code)).toBeTypeOf('object')
})

test.each(blocksOf('dockerfile'))('$at has instructions that there are', ({ code }) => {
  const lines = code.split('\n').filter((line) => line !== '' && !/^[\s#]/.test(line))
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    expect(line).toMatch(/^(FROM|COPY|RUN|ENV|WORKDIR|USER|EXPOSE|ENTRYPOINT|CMD|ARG) \S/)
  }
})

test.each(blocksOf('hcl'))('$at is of the deployment that is tested', ({ code }) => {
  const folder = join(root, 'examples/cloud-run/terraform')
  const files = readdirSync(folder).filter((file) => file.endsWith('.tf'))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  expect(texts.some((text) => text.includes(code))).toBe(true)
})

test.each(blocksOf('sh'))('$at: a shell reads it', async ({ code }) => {
  const checked = promisify(execFile)('bash', ['-n', '-c', code]).catch((error) => error)
  expect((await checked).stderr).toBe('')
})

describe('gcloud', async () => {
  const tree = await gcloudTree()
  const commands = blocks
    .filter(({ language }) => language === 'sh' || language === 'console')
    .flatMap(({ at, code }) => gcloudCommands(code).map((words) => ({ at, words })))

  test.skipIf(tree === undefined)('has the commands and flags that are shown', () => {
    expect(commands.length).toBeGreaterThan(10)
    for (const { at, words } of commands) expect(unknownTo(tree as Tree, words), at).toEqual([])
  })
})

/** gcloud's own list of what it completes. */
interface Tree {
  commands: Record<string, Tree>
  flags: Record<string, unknown>
}

async function gcloudTree(): Promise<Tree | undefined> {
  const { stdout } = await promisify(execFile)('bash', [
    '-c',
    'readlink -f "$(command -v gcloud)"',
  ]).catch(() => ({ stdout: '' }))
  const file = join(dirname(stdout.trim()), '../data/cli/gcloud_completions.py')
  if (stdout.trim() === '' || !existsSync(file)) return undefined
  const text = readFileSync(file, 'utf8')
  const python =
    "import json,runpy,sys; print(json.dumps(runpy.run_path(sys.argv[1])['STATIC_COMPLETION_CLI_TREE']))"
  const json = await promisify(execFile)('python3', ['-c', python, file], {
    maxBuffer: text.length * 3,
  }).catch(() => undefined)
  return json && JSON.parse(json.stdout)
}

/** The words of each gcloud command, also of one within `$(…)`. */
function gcloudCommands(code: string): string[][] {
  const joined = code.replaceAll(/\\\n\s*/g, ' ').replaceAll(/'[^']*'|"[^"]*"/gs, 'TEXT')
  return [...joined.matchAll(/\bgcloud ([^\n|;)#]*)/g)].map(([, words = '']) => words.split(/\s+/))
}

function unknownTo(tree: Tree, words: readonly string[]): string[] {
  let place = tree
  const flags = { ...tree.flags }
  const unknown: string[] = []
  for (const word of words) {
    const [flag = ''] = word.replace(/^--no-/, '--').split('=')
    if (flag.startsWith('--')) {
      if (!(flag in flags)) unknown.push(flag)
    } else if (place.commands?.[word]) {
      place = place.commands[word]
      Object.assign(flags, place.flags)
    } else if (Object.keys(place.commands ?? {}).length > 0 && word !== '') unknown.push(word)
  }
  return unknown
}

/** The recipes of docs/guides/http-clients.md, as the tests in ecosystem/ run them. */
const recipes = await readRecipes()

async function readRecipes(): Promise<string[]> {
  const folder = 'test/ecosystem/recipes'
  const files = await readdir(join(root, folder))
  return files.filter((file) => file.endsWith('.ts')).map((file) => read(`${folder}/${file}`))
}

test('the guide to HTTP clients shows the recipes as they are tested, and no other', () => {
  const shown = blocksOf('ts').filter(({ page }) => page === 'docs/guides/http-clients.md')
  expect(recipes.length).toBeGreaterThan(9)
  expect(shown.map(({ code }) => code).toSorted()).toEqual(recipes.toSorted())
})

test('the guide to other languages shows nothing but what is tested', async () => {
  const folder = join(root, 'test/interop/clients')
  const files = (await readdir(folder, { recursive: true })).filter((file) => /\.\w+$/.test(file))
  const tested = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  const languages = ['python', 'go', 'java', 'rust', 'js']
  const shown = blocks.filter(
    ({ page, language }) =>
      languages.includes(language) || (language === 'sh' && page.endsWith('other-languages.md')),
  )
  expect(shown).toHaveLength(14)
  for (const { at, code } of shown)
    expect(
      tested.some((file) => file.includes(code)),
      at,
    ).toBe(true)
})

test('every example compiles', async () => {
  const folder = await mkdtemp(join(root, 'test/.examples-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const examples = blocksOf('ts').filter(({ code }) => !recipes.includes(code))
  expect(examples.length).toBeGreaterThan(30)
  for (const [number, { code }] of examples.entries()) {
    await writeFile(join(folder, `example-${number}.ts`), code)
  }
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(consumer))
  const { stdout } = await promisify(execFile)('tsc', ['-p', folder]).catch((error) => error)
  expect(stdout).toBe('')
}, 60_000)

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

function blocksOf(language: string): Block[] {
  return blocks.filter((one) => one.language === language)
}
