import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** The places that have to name each adapter. An adapter is a package that has a `verifyCaller` of its own. */

const root = new URL('../../', import.meta.url)
const adapters = readdirSync(new URL('packages/', root)).filter((name) =>
  existsSync(new URL(`packages/${name}/src/verify-caller.ts`, root)),
)

function read(file: string): string {
  return readFileSync(new URL(file, root), 'utf8')
}

test('there are two adapters at least', () => {
  expect(adapters).toEqual(expect.arrayContaining(['express', 'koa']))
})

describe.each(adapters)('%s', (name) => {
  test('runs the contract', () => {
    const file = read(`test/adapters/${name}.test.ts`)
    expect(file).toContain(`from './${name}-adapter.ts'`)
    expect(file).toMatch(/^contract\(/m)
  })

  test('has the file names of the other adapters', () => {
    const files = (of: string) => readdirSync(new URL(`packages/${of}/src/`, root)).sort()
    expect(files(name)).toEqual(files('express'))
  })

  test('has its arrows', () => {
    expect(read('scripts/check-arrows.ts')).toMatch(
      new RegExp(`^ {2}'?${name}'?: \\{ runtime: \\[[^\\]]*'receiver', 'caller'\\]`, 'm'),
    )
  })

  test.each(['tsconfig.json', 'tsconfig.unpublished.json', 'test/types/tsconfig.json'])(
    'is compiled with %s',
    (file) => {
      expect(read(file)).toMatch(new RegExp(`"path": "[./]*packages/${name}"`))
    },
  )

  test('is in the table of the README', () => {
    expect(read('README.md')).toMatch(
      new RegExp(`^\\| .*\\[\`@countersign/${name}\`\\]\\(packages/${name}\\).* \\|$`, 'm'),
    )
  })
})
