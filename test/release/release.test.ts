/** What a release refuses, and what a packed README says. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { callHead, measured, packageHead } from '../../bench/cost/tables.ts'
import { optionsPage } from '../../scripts/options-page.ts'
import { blockersOf, type Checkout, readCheckout } from '../../scripts/release/blockers.ts'
import { notesOf } from '../../scripts/release/notes.ts'
import { manifestOf, packages, root } from '../../scripts/release/pack.ts'
import { packedReadme } from '../../scripts/release/readme.ts'
import { linksOf } from '../../scripts/release/repository.ts'
import { tooLarge } from '../../scripts/release/sizes.ts'

const repository = { url: 'https://github.com/acme/countersign' }
const changelog = `# countersign

## 0.2.0

### Minor Changes

- Something new.

### Patch Changes

- Updated dependencies [abc1234]
  - @countersign/receiver@0.2.0

## 0.1.0

The first version.
`

const ready: Checkout = {
  repository,
  manifests: [{ name: 'countersign', version: '0.2.0' }],
  changelogs: [changelog],
  readmes: { 'README.md': 'npm install countersign' },
  security: `${repository.url}/security/advisories/new`,
  changesets: [],
  edits: '',
  tags: ['v0.2.0'],
}

describe('a release', () => {
  test('waits for nothing once all is in place', () => {
    expect(blockersOf(ready)).toEqual([])
  })

  test.each<[string, Partial<Checkout>]>([
    ['repository.json', { repository: { url: '' } }],
    ['repository.json', { repository: { url: 'https://github.com/acme/countersign/' } }],
    ['README.md', { readmes: { 'README.md': 'Not on npm yet: pack it until then.' } }],
    ['SECURITY.md', { security: 'Tell us.' }],
    ['## 0.2.0', { changelogs: ['# countersign\n'] }],
    ['.changeset/new.md', { changesets: ['new.md'] }],
    ['not committed', { edits: ' M README.md' }],
    ['v0.2.0', { tags: ['v0.1.0'] }],
    [
      'several versions',
      {
        manifests: [...ready.manifests, { name: 'x', version: '0.1.0' }],
        changelogs: [changelog, changelog],
      },
    ],
  ])('waits for %s', (text, missing) => {
    const blockers = blockersOf({ ...ready, ...missing })
    expect(blockers.length).toBeGreaterThan(0)
    expect(blockers[0]).toContain(text)
  })

  test('of this checkout waits for the repository, or else is ready to name it', async () => {
    const { repository, readmes, security } = await readCheckout()
    const lines = blockersOf({ ...ready, repository, readmes, security })
    const missing = repository.url === '' ? [expect.stringContaining('repository.json')] : []
    expect(lines).toEqual(missing)
  })

  test('notes what the changelogs say of the version, and no more', () => {
    expect(notesOf(ready)).toBe('## countersign\n\n### Minor Changes\n\n- Something new.\n')
  })

  test('is held up by a package without limits, or over one', () => {
    const size = { tarball: 1e9, unpacked: 1, imported: 1 }
    expect(tooLarge('receiver', size)).toHaveLength(1)
    expect(tooLarge('poems', size)).toHaveLength(1)
  })
})

describe('a packed README', () => {
  const text =
    'See [errors](../../docs/reference/errors.md#a), [npm](https://www.npmjs.com) and [below](#more).'
  const place = { folder: 'koa', tag: 'v0.2.0' }

  test('names the files of the repository as long as it has no URL', () => {
    expect(packedReadme(text, place, { url: '' })).toBe(
      'See errors (`docs/reference/errors.md` of the repository), [npm](https://www.npmjs.com) and [below](#more).',
    )
  })

  test('links to the version that was packed once it has', () => {
    expect(packedReadme(text, place, repository)).toContain(
      '[errors](https://github.com/acme/countersign/blob/v0.2.0/docs/reference/errors.md#a)',
    )
  })
})

test('a manifest names the repository once there is one', () => {
  expect(linksOf('koa', { url: '' })).toEqual({})
  expect(linksOf('koa', repository)).toEqual({
    repository: {
      type: 'git',
      url: 'git+https://github.com/acme/countersign.git',
      directory: 'packages/koa',
    },
    homepage: 'https://github.com/acme/countersign/tree/main/packages/koa#readme',
    bugs: 'https://github.com/acme/countersign/issues',
  })
})

test('the page on options is what the docstrings say: npx -y pnpm@12 options', async () => {
  expect(optionsPage()).toBe(await read('docs/reference/options.md'))
})

test('the page on cost has the rows that pnpm bench cost prints', async () => {
  const page = await read('docs/reference/cost.md')
  for (const head of [packageHead, callHead]) expect(page).toContain(`| ${head.join(' | ')} |`)
  const names = (await Promise.all(packages.map(manifestOf))).map(({ name }) => `\`${name}\``)
  const rows = [...page.matchAll(/^\| ([^|]+) \|/gm)].map(([, first]) => first)
  expect(rows).toEqual([packageHead[0], ...names, callHead[0], ...Object.values(measured)])
})

describe('workflows', async () => {
  const folder = '.github/workflows'
  const files = await readdir(join(root, folder))

  test.each(files)('%s pins its actions by commit, and begins with no rights', async (file) => {
    const text = await read(`${folder}/${file}`)
    expect(text).toMatch(/^permissions: \{\}$/m)
    const uses = text.split('\n').filter((line) => /^\s*-? *uses:/.test(line))
    expect(uses.length).toBeGreaterThan(0)
    for (const line of uses)
      expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
  })
})

async function read(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}
