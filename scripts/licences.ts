/** The licence texts of what is bundled: their terms want them beside every copy. */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const installed = fileURLToPath(new URL('../node_modules/', import.meta.url))

/**
 * The licences of foreign packages whose code is in a bundle, as one text; empty if all is ours.
 *
 * @param modules the ids of the bundle's modules, as the bundler gives them
 */
export function licencesOf(modules: readonly string[]): string {
  const folders = new Set(modules.map(foreignFolder).filter((folder) => folder !== undefined))
  return [...folders].sort().map(licenceIn).join('\n')
}

/** Where the module's package is installed. What the bundler adds (`\0`) comes from it, and from oxc. */
function foreignFolder(id: string): string | undefined {
  if (!id.startsWith('\0')) return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]
  const name = id.includes('@oxc-project') ? '@oxc-project/runtime' : 'rolldown'
  return installed + name
}

function licenceIn(folder: string): string {
  const { name } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} has no licence file`)
  return `${name}\n\n${readFileSync(`${folder}/${file}`, 'utf8')}\n`
}
