import { readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Command } from './_run.ts'
import {
  built,
  curl,
  gcloud,
  go,
  java,
  node,
  python,
  sources,
  type Toolchain,
} from './_toolchains.ts'
import { audience, type Credential, login, search, type World } from './_world.ts'

/** A program of a client's, and what it finds in its environment beside the emulator. */
export type Program = Pick<Command, 'args' | 'env' | 'cwd'>

/** One of Google's clients, unmodified. */
export interface Client {
  readonly name: string
  readonly toolchain: Toolchain
  /** GETs `world.url` with a token for `audience` and prints the answer. */
  call(world: World, credential: Credential): Program
  /** As whom that arrives; or which of Google's hosts the client asks, whatever it is told. */
  readonly arrives: Readonly<Partial<Record<Credential, Arrival>>>
  /** Google's sample in this language, its placeholders filled in: prints the answer. */
  sample?(world: World): Program | Promise<Program>
  /** The client's verifier, and login alone on its list: a line of outcome for a line of token. */
  readonly verify?: Program
}

/** What becomes of a call. */
export type Arrival = { readonly as: string } | { readonly fixedHost: string }

/** Where clients ask for ID tokens that have no setting for it. */
const tokenEndpoint = { fixedHost: 'oauth2.googleapis.com' }
const iamCredentials = { fixedHost: 'iamcredentials.googleapis.com' }

/** Application Default Credentials. */
function defaultCredentials({ files }: World, credential: Credential): NodeJS.ProcessEnv {
  return credential === 'metadata' ? {} : { GOOGLE_APPLICATION_CREDENTIALS: files[credential] }
}

function googleAuthLibrary(name: string): Client {
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
  }
}

/** Impersonation has a setting for its endpoint, in code. */
function googleAuthLibraryByOption(name: string): Client {
  const script = join(built, 'node', name, 'impersonate.mjs')
  return {
    name: `google-auth-library ${installed(name)}, endpoint option`,
    toolchain: node,
    arrives: { impersonation: { as: search } },
    call: ({ url }) => ({ args: [process.execPath, script, url, audience, search] }),
  }
}

const interpreter = join(built, 'python/bin/python')
const googleAuth: Client = {
  name: `google-auth ${pinned('python/requirements.txt', /google-auth==(.+)/)} (Python)`,
  toolchain: python,
  call: (world, credential) => ({
    args: [interpreter, join(sources, 'python/call.py'), world.url, audience],
    env: defaultCredentials(world, credential),
  }),
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: iamCredentials },
  sample: ({ url }) => ({
    args: [interpreter, join(sources, 'python/run_sample.py'), url],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
  }),
  verify: { args: [interpreter, join(sources, 'python/verify.py'), audience] },
}

const idtoken: Client = {
  name: `google.golang.org/api/idtoken ${pinned('go/go.mod', /^require \S+ v(.+)/m)} (Go)`,
  toolchain: go,
  call: (world, credential) => ({
    args: [join(built, 'go/call'), world.url, audience],
    env: defaultCredentials(world, credential),
  }),
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: iamCredentials },
  sample: ({ url }) => ({ args: [join(built, 'go/sample'), url] }),
  verify: { args: [join(built, 'go/verify'), audience] },
}

function javaClass(name: string, ...args: string[]): Program {
  const folder = join(built, 'java')
  // Its own classes, then the libraries that Maven found.
  const script = `exec java -cp "${folder}:$(cat "${folder}/classpath")" "$@"`
  return { args: ['sh', '-c', script, 'sh', name, ...args] }
}

const googleAuthLibraryJava: Client = {
  name: `google-auth-library-oauth2-http ${pinned('java/pom.xml', /http<.+\s+<version>(.+)</)} (Java)`,
  toolchain: java,
  call: (world, credential) => ({
    ...javaClass('Call', world.url, audience),
    env: defaultCredentials(world, credential),
  }),
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: iamCredentials },
  sample: ({ url }) => javaClass('Sample', url),
  verify: javaClass('Verify', audience),
}

const printIdentityToken: Client = {
  name: 'gcloud auth print-identity-token',
  toolchain: gcloud,
  call: ({ files, url }, credential) => {
    const script = ['sh', join(sources, 'gcloud/call.sh'), url, audience] as const
    const become = [`--impersonate-service-account=${search}`, '--include-email']
    return {
      args: credential === 'impersonation' ? [...script, ...become] : script,
      env: credential === 'key' ? { CLOUDSDK_AUTH_CREDENTIAL_FILE_OVERRIDE: files.key } : {},
    }
  },
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: { as: search } },
}

const curlItself: Client = {
  name: 'curl',
  toolchain: curl,
  call: (world, credential) => ({
    args: ['sh', join(sources, `curl/${credential}.sh`), world.url, audience, search],
    env: defaultCredentials(world, credential),
  }),
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: { as: search } },
  async sample({ emulator, home, url }) {
    const { GCE_METADATA_HOST: host } = emulator.env('login')
    await writeFile(join(home, '.curlrc'), `connect-to = "metadata.google.internal:80:${host}"\n`)
    const sample = await readFile(join(sources, 'curl/sample.sh'), 'utf8')
    const call = 'curl -sSf -H "Authorization: Bearer $(sh -c "$1")" "$2"'
    return { args: ['sh', '-c', call, 'sh', sample.replace('[AUDIENCE]', audience), url] }
  },
}

/** In the order of the printed table. */
export const clients: readonly Client[] = [
  googleAuthLibrary('google-auth-library'),
  googleAuthLibrary('google-auth-library-10'),
  googleAuthLibraryByOption('google-auth-library'),
  googleAuth,
  idtoken,
  googleAuthLibraryJava,
  printIdentityToken,
  curlItself,
]

function installed(name: string): string {
  const require = createRequire(import.meta.url)
  const { version } = require(`${name}/package.json`) as { version: string }
  return `${version} (Node)`
}

/** The version that a file of a client's asks for. */
function pinned(file: string, pattern: RegExp): string {
  const [, version] = pattern.exec(readFileSync(join(sources, file), 'utf8')) ?? []
  if (!version) throw new Error(`${file} pins no version`)
  return version.trim()
}
