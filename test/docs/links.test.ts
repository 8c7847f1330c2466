import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { pages, read, root } from './_blocks.ts'

describe('links', () => {
  test.each(pages)('of %s lead somewhere', (page) => {
    const links = [...read(page).matchAll(/\]\(([^)#:]*)(#[^)]*)?\)/g)]
    for (const [, link = '', anchor = ''] of links) {
      const file = link === '' ? page : join(dirname(page), link)
      expect(existsSync(join(root, file)), link).toBe(true)
      if (anchor !== '' && file.endsWith('.md')) {
        expect(anchorsOf(file), `${link}${anchor}`).toContain(anchor.slice(1))
      }
    }
  })
})

test('every page can be reached from the README with two clicks', () => {
  const [once, twice] = [linkedFrom('README.md'), new Set<string>()]
  for (const page of once) for (const link of linkedFrom(page)) twice.add(link)
  const api = readdirSync(join(root, 'docs/api')).map((file) => `docs/api/${file}`)
  for (const page of [...pages, ...api]) {
    expect(page === 'README.md' || once.has(page) || twice.has(page), page).toBe(true)
  }
})

/** Without `--`, npx reads options such as `--help` itself, wherever they are in the line. */
test.each(pages)('options of npx in %s end before the command', (page) => {
  const commands = [...read(page).matchAll(/\bnpx (-\S+ )+countersign\b/g)]
  for (const [command] of commands) expect(command).toMatch(/ -- countersign$/)
})

/** The pages of ours that a page leads to. A folder shows its README. */
function linkedFrom(page: string): Set<string> {
  if (!page.endsWith('.md')) return new Set()
  const links = [...read(page).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)].map(([, link = '']) => {
    const path = join(dirname(page), link)
    return existsSync(join(root, path, 'README.md')) ? join(path, 'README.md') : path
  })
  return new Set(links)
}

/** As GitHub makes them out of headings. */
function anchorsOf(page: string): string[] {
  const headings = [...read(page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) => text)
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}
