import { readdir, readFile } from 'node:fs/promises'
import type * as caller from '@countersign/caller'
import { describe, expect, test } from 'vitest'
import type { CredentialsType } from '../../src/identity/credentials/check-credentials.ts'
import { fileIdentity } from '../../src/identity/exchange/file.ts'

/** The places that have to know each identity source, or each type of a credentials file. */

interface Place {
  /** What of `identity/exchange/` it loads when a token is needed. */
  loads?: string
  /** Whether the guide says what it asks on the network; else another source does that for it. */
  asks: boolean
}

type Caller = typeof caller

/** The exported functions that return an identity source. */
type SourceName = {
  [name in keyof Caller]: Caller[name] extends (...given: never[]) => caller.IdentitySource
    ? name
    : never
}[keyof Caller]

/** A new source doesn't compile until it is here. */
const sources: Record<SourceName, Place> = {
  applicationDefault: { asks: false },
  metadataServer: { asks: true },
  serviceAccountKey: { asks: true, loads: 'key' },
  impersonate: { asks: true, loads: 'impersonation' },
  workloadIdentityFederation: { asks: true, loads: 'federation' },
}
const names = Object.keys(sources) as SourceName[]

/** What all sources have in common. */
const common = ['default-source.ts', 'identity-options.ts']

/** A new type doesn't compile until it is here: with the first field that it must have. */
const types: Record<CredentialsType, string> = {
  service_account: 'client_email',
  authorized_user: 'client_id',
  external_account_authorized_user: 'client_id',
  external_account: 'audience',
  impersonated_service_account: 'source_credentials',
}

const folder = new URL('../../src/identity/', import.meta.url)
const guide = await readFile(
  new URL('../../../../docs/guides/identity.md', import.meta.url),
  'utf8',
)

test('each file of a source is exported from the package', async () => {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts'))
  expect(files.sort()).toEqual([...names.map(fileOf), ...common].sort())
})

describe.each(names)('%s', (name) => {
  test('loads what exchanges credentials only when a token is needed', async () => {
    const text = await readFile(new URL(fileOf(name), folder), 'utf8')
    const { loads } = sources[name]
    expect(text.match(/^import .*exchange.*$/m)).toBeNull()
    const loaded = [...text.matchAll(/import\('\.\/exchange\/([\w-]+)\.ts'\)/g)]
    expect(loaded.map(([, file]) => file)).toEqual(loads === undefined ? [] : [loads])
  })

  test('has a section in the guide, and what it asks on the network', () => {
    expect(guide).toMatch(new RegExp(`^## ${name}\\b`, 'm'))
    const [, network = ''] = guide.split(/^## What each needs on the network$/m)
    const table = network.slice(0, network.indexOf('\n## '))
    expect(table.includes(`| \`${name}\` |`)).toBe(sources[name].asks)
  })
})

describe.each(Object.entries(types))('a credentials file of type %s', (type, field) => {
  test('is taken, and named in the guide', () => {
    const options = { emulator: undefined, fetch: undefined, now: () => 0 }
    expect(() => fileIdentity({ type }, options)).toThrow(field)
    expect(guide).toContain(`\`${type}\``)
  })
})

function fileOf(name: string): string {
  return `${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.ts`
}
