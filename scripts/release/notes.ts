import { basename } from 'node:path'
import type { Checkout } from './blockers.ts'
import { manifestOf } from './pack.ts'

/** A line `NAME@VERSION FILE` for each package, each after those of ours that it needs. */
export async function orderOf(tarballs: ReadonlyMap<string, string>): Promise<string> {
  const manifests = await Promise.all([...tarballs.keys()].map(manifestOf))
  const files = new Map([...tarballs.values()].map((path, i) => [manifests[i]?.name, path]))
  const sorted: string[] = []
  function add(name: string): void {
    const manifest = manifests.find((one) => one.name === name)
    if (manifest === undefined || sorted.includes(name)) return
    for (const dependency of Object.keys(manifest.dependencies ?? {})) add(dependency)
    sorted.push(name)
  }
  for (const { name } of manifests) add(name)
  const version = manifests[0]?.version
  return sorted.map((name) => `${name}@${version} ${basename(files.get(name) ?? '')}\n`).join('')
}

/** What the changelogs say of this version, one part for each package that it says something of. */
export function notesOf({
  manifests,
  changelogs,
}: Pick<Checkout, 'manifests' | 'changelogs'>): string {
  const parts = manifests.map(({ name, version }, i) => {
    const text = changesOf(changelogs[i] ?? '', version)
    return text === '' ? '' : `## ${name}\n\n${text}\n`
  })
  return parts.filter(Boolean).join('\n')
}

/** Without what only says that another package of ours has changed. */
function changesOf(changelog: string, version: string): string {
  const part = changelog.split(/^## /m).find((one) => one.startsWith(`${version}\n`)) ?? ''
  return part
    .slice(version.length)
    .replace(/^- Updated dependencies.*\n(?: {2}- .*\n)*/gm, '')
    .replace(/^### [\w ]+\n\s*(?=###|$(?![\s\S]))/gm, '')
    .trim()
}
