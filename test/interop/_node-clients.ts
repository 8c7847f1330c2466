import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Client, defaultCredentials, type Program, tokenEndpoint } from './_client.ts'
import { built, node } from './_toolchains.ts'
import { audience, type Credential, login, search } from './_world.ts'

/** google-auth-library, as test/package.json names one of its versions. */
export function googleAuthLibrary(name: string): Client {
  const folder = join(built, 'node', name)
  const program = (file: string, ...args: string[]): Program => ({
    args: [process.execPath, join(folder, file), ...args],
  })
  return {
    name: `google-auth-library ${installed(name)}`,
    toolchain: node,
    call: (world, credential) => ({
      ...program('call.mjs', world.url, audience),
      env: defaultCredentials(world, credential),
    }),
    arrives: { metadata: { as: login }, key: tokenEndpoint, impersonation: tokenEndpoint },
    async sample({ url }) {
      const { origin, pathname } = new URL(url)
      const sample = await readFile(join(folder, 'sample.cjs'), 'utf8')
      const filledIn = sample
        .replaceAll('https://TARGET_HOSTNAME', origin)
        .replaceAll('/TARGET_URL', pathname)
      await writeFile(join(folder, 'sample-filled-in.cjs'), filledIn)
      return program('sample-filled-in.cjs')
    },
    verify: program('verify.mjs', audience),
    guard: program('guard.mjs'),
  }
}

/** Key files and impersonation have settings in code: the `fetch` that is used, and the endpoint. */
export function googleAuthLibraryByOption(name: string): Client {
  const folder = join(built, 'node', name)
  const scripts: Partial<Record<Credential, string>> = {
    key: 'key.mjs',
    impersonation: 'impersonate.mjs',
  }
  return {
    name: `google-auth-library ${installed(name)}, options in code`,
    toolchain: node,
    arrives: { key: { as: login }, impersonation: { as: search } },
    call: (world, credential) => ({
      args: [
        process.execPath,
        join(folder, scripts[credential] ?? ''),
        world.url,
        audience,
        search,
      ],
      // Impersonation begins with the account of the metadata server.
      env: credential === 'key' ? defaultCredentials(world, credential) : {},
    }),
  }
}

function installed(name: string): string {
  const require = createRequire(import.meta.url)
  const { version } = require(`${name}/package.json`) as { version: string }
  return `${version} (Node)`
}
