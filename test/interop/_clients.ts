import { join } from 'node:path'
import {
  type Client,
  defaultCredentials,
  iamCredentials,
  type Program,
  pinned,
  tokenEndpoint,
} from './_client.ts'
import { googleAuthLibrary, googleAuthLibraryByOption } from './_node-clients.ts'
import { googleAuth, googleAuthSession } from './_python-clients.ts'
import { curlItself, printIdentityToken } from './_shell-clients.ts'
import { built, go, java, rust } from './_toolchains.ts'
import { audience, login, search } from './_world.ts'

const goApi = pinned('go/go.mod', /google\.golang\.org\/api v(.+)/)
const idtoken: Client = {
  name: `google.golang.org/api/idtoken ${goApi} (Go)`,
  toolchain: go,
  call: (world, credential) => ({
    args: [join(built, 'go/call'), world.url, audience],
    env: defaultCredentials(world, credential),
  }),
  arrives: { metadata: { as: login }, key: { as: login }, impersonation: iamCredentials },
  sample: ({ url }) => ({ args: [join(built, 'go/sample'), url] }),
  verify: { args: [join(built, 'go/verify'), audience] },
  guard: { args: [join(built, 'go/guard')] },
}

/** By an HTTP client of the program's own. */
const impersonate: Client = {
  name: `google.golang.org/api/impersonate ${goApi} (Go), HTTP client`,
  toolchain: go,
  call: ({ url }) => ({ args: [join(built, 'go/impersonate'), url, audience, search] }),
  arrives: { impersonation: { as: search } },
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
  guard: javaClass('Guard'),
}

const cloudAuth = pinned('rust/Cargo.toml', /google-cloud-auth = .+"=(.+?)"/)
/** It looks for a file with an empty name, which the emulator's environment has. */
const noFile = { GOOGLE_APPLICATION_CREDENTIALS: undefined }

const googleCloudAuth: Client = {
  name: `google-cloud-auth ${cloudAuth} (Rust)`,
  toolchain: rust,
  call: (world, credential) => ({
    args: [join(built, 'rust/target/debug/call'), world.url, audience],
    env: { ...noFile, ...defaultCredentials(world, credential) },
  }),
  arrives: { metadata: { as: login }, key: tokenEndpoint, impersonation: { as: search } },
}

/** Its access token of the metadata server, taken to IAM Credentials. */
const googleCloudAuthAccess: Client = {
  name: `google-cloud-auth ${cloudAuth} (Rust), access token`,
  toolchain: rust,
  call: ({ emulator, url }) => {
    const program = join(built, 'rust/target/debug/impersonate')
    return { args: [program, url, audience, search, emulator.url], env: noFile }
  },
  arrives: { impersonation: { as: search } },
}

/** In the order of the printed table. */
export const clients: readonly Client[] = [
  googleAuthLibrary('google-auth-library'),
  googleAuthLibrary('google-auth-library-10'),
  googleAuthLibraryByOption('google-auth-library'),
  googleAuthLibraryByOption('google-auth-library-10'),
  googleAuth('google-auth'),
  // It passes over the file, and asks the metadata server.
  googleAuth('google-auth-2.23', { as: login }),
  googleAuthSession('google-auth'),
  googleAuthSession('google-auth-2.23'),
  idtoken,
  impersonate,
  googleAuthLibraryJava,
  googleCloudAuth,
  googleCloudAuthAccess,
  printIdentityToken,
  curlItself,
]
