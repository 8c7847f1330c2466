import { existsSync } from 'node:fs'
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

test('every guide and page of the reference can be reached from the README', () => {
  const readme = read('README.md')
  for (const page of pages.filter((one) => one.startsWith('docs/'))) {
    expect(readme).toContain(`](${page})`)
  }
})

/** Without `--`, npx reads options such as `--help` itself, wherever they are in the line. */
test.each(pages)('options of npx in %s end before the command', (page) => {
  const commands = [...read(page).matchAll(/\bnpx (-\S+ )+countersign\b/g)]
  for (const [command] of commands) expect(command).toMatch(/ -- countersign$/)
})

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
