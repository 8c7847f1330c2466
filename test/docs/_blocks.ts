/** The pages of the documentation, and the code blocks that they show. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

/** One code block. */
export interface Block {
  /** Its page and line, such as `README.md:61`. */
  at: string
  page: string
  /** What stands behind the opening backticks. */
  language: string
  /** Without the indent of the block. */
  code: string
}

export const pages: readonly string[] = markdownPages()
export const blocks: readonly Block[] = pages.flatMap(blocksOf)

function markdownPages(): string[] {
  const inDocs = readdirSync(join(root, 'docs'), { recursive: true }).map(String)
  const inPackages = readdirSync(join(root, 'packages'))
  return [
    ...['README.md', 'ARCHITECTURE.md', 'SECURITY.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
    // The API's pages are made of docstrings, by scripts/api: api.test.ts compares them.
    ...inDocs
      .filter((file) => file.endsWith('.md') && !file.startsWith('api/'))
      .map((file) => `docs/${file}`),
    ...inPackages.map((name) => `packages/${name}/README.md`),
  ].filter((page) => existsSync(join(root, page)))
}

export function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

function blocksOf(page: string): Block[] {
  const text = read(page)
  return [...text.matchAll(/^( *)```([^\n]*)\n([\s\S]*?)^\1```$/gm)].map((match) => {
    const [, indent = '', language = '', code = ''] = match
    const line = text.slice(0, match.index).split('\n').length
    const flush = code.replaceAll(new RegExp(`^${indent}`, 'gm'), '')
    return { at: `${page}:${line}`, page, language, code: flush }
  })
}
