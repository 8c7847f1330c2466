/**
 * The bundled packages with their versions and licences: no audit of installed packages sees it, and the
 * terms of licences want their text beside every copy.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const installed = fileURLToPath(new URL('../node_modules/', import.meta.url))

/**
 * The foreign packages whose code is in a bundle and their licences, as one text that begins
 * with a list, a line each: `path-to-regexp 8.4.2 (MIT)`. Empty if all is ours.
 *
 * @param modules the ids of the bundle's modules, as the bundler gives them
 */
export function licencesOf(modules: readonly string[]): string {
  const folders = new Set(modules.map(foreignFolder).filter((folder) => folder !== undefined))
  const packages = [...folders].sort().map(readPackage)
  if (packages.length === 0) return ''
  const list = packages.map(({ title }) => `${title}\n`).join('')
  return [list, ...packages.map(({ title, text }) => `${title}\n\n${text}\n`)].join('\n')
}

/** Where the module's package is installed. What the bundler adds (`\0`) comes from it, and from oxc. */
function foreignFolder(id: string): string | undefined {
  if (!id.startsWith('\0')) return /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0]
  const name = id.includes('@oxc-project') ? '@oxc-project/runtime' : 'rolldown'
  return installed + name
}

function readPackage(folder: string): { title: string; text: string } {
  const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8'))
  const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry))
  if (!file) throw new Error(`${name} has no licence file`)
  return {
    title: `${name} ${version} (${license})`,
    text: readFileSync(`${folder}/${file}`, 'utf8'),
  }
}
