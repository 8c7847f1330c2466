/** What a real release waits for; a dry run only tells it. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type Manifest, manifestOf, packages, root } from './pack.ts'
import { advisoriesUrl, type Repository, repository } from './repository.ts'

/** What a checkout says about the release that it would be. */
export interface Checkout {
  repository: Repository
  manifests: readonly Pick<Manifest, 'name' | 'version'>[]
  /** The changelogs of the packages, in the order of the manifests. */
  changelogs: readonly string[]
  /** The texts of the READMEs, by their paths. */
  readmes: Readonly<Record<string, string>>
  security: string
  /** The files in `.changeset` that describe a change. */
  changesets: readonly string[]
  /** What `git status --porcelain` prints. */
  edits: string
  /** The tags of the commit. */
  tags: readonly string[]
}

/** How READMEs begin the sentence that says how to pack, as long as nothing is published. */
const notPublished = 'Not on npm yet'

export async function readCheckout(): Promise<Checkout> {
  const folders = packages.map((name) => `packages/${name}`)
  const readmes = ['README.md', ...folders.map((folder) => `${folder}/README.md`)]
  return {
    repository,
    manifests: await Promise.all(packages.map(manifestOf)),
    changelogs: await Promise.all(folders.map((folder) => read(`${folder}/CHANGELOG.md`))),
    readmes: Object.fromEntries(
      await Promise.all(readmes.map(async (path) => [path, await read(path)])),
    ),
    security: await read('SECURITY.md'),
    changesets: (await readdir(join(root, '.changeset'))).filter(
      (file) => file.endsWith('.md') && file !== 'README.md',
    ),
    edits: await git('status', '--porcelain'),
    tags: (await git('tag', '--points-at', 'HEAD')).split('\n'),
  }
}

/** A line for each thing that a release has to wait for. */
export function blockersOf(checkout: Checkout): string[] {
  const { manifests, changelogs, changesets, edits, tags } = checkout
  const version = manifests[0]?.version ?? ''
  const blockers = blockersOfRepository(checkout)
  if (manifests.some((one) => one.version !== version)) {
    blockers.push('the packages have several versions: run npx -y pnpm@12 changeset version')
  }
  manifests.forEach(({ name }, i) => {
    if (changelogs[i]?.includes(`\n## ${version}\n`)) return
    blockers.push(`the changelog of ${name} has no part "## ${version}"`)
  })
  for (const file of changesets) {
    blockers.push(`.changeset/${file} waits: run npx -y pnpm@12 changeset version`)
  }
  if (edits !== '') blockers.push('there are edits that are not committed')
  if (!tags.includes(`v${version}`)) blockers.push(`the commit has no tag v${version}`)
  return blockers
}

function blockersOfRepository({ repository, readmes, security }: Checkout): string[] {
  const { url } = repository
  if (!/^https:\/\/github\.com\/[\w-]+\/[\w.-]+$/.test(url)) {
    return [
      `url of scripts/release/repository.json must be https://github.com/OWNER/NAME, but is "${url}"`,
    ]
  }
  const blockers = Object.entries(readmes)
    .filter(([, text]) => text.includes(notPublished))
    .map(([path]) => `${path} says "${notPublished}": take that paragraph out`)
  if (!security.includes(advisoriesUrl(repository))) {
    blockers.push(`SECURITY.md must name ${advisoriesUrl(repository)}`)
  }
  return blockers
}

async function read(path: string): Promise<string> {
  const file = join(root, path)
  return existsSync(file) ? readFile(file, 'utf8') : ''
}

async function git(...args: string[]): Promise<string> {
  return (await promisify(execFile)('git', args, { cwd: root })).stdout.trim()
}
