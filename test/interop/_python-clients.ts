import { join } from 'node:path'
import {
  type Arrival,
  type Client,
  defaultCredentials,
  iamCredentials,
  type Program,
  pinned,
} from './_client.ts'
import { built, python, sources } from './_toolchains.ts'
import { audience, login, search } from './_world.ts'

/** google-auth, as a file of requirements names one of its versions. */
export function googleAuth(name: string, impersonation: Arrival = iamCredentials): Client {
  const program = programsWith(name)
  return {
    name: `google-auth ${versionOf(name)} (Python)`,
    toolchain: python,
    call: (world, credential) => ({
      ...program('call.py', world.url, audience),
      env: defaultCredentials(world, credential),
    }),
    arrives: { metadata: { as: login }, key: { as: login }, impersonation },
    sample: ({ url }) => program('run_sample.py', url),
    verify: program('verify.py', audience),
    guard: program('guard.py'),
  }
}

/** Its access token of the metadata server, taken to IAM Credentials. */
export function googleAuthSession(name: string): Client {
  const program = programsWith(name)
  return {
    name: `google-auth ${versionOf(name)} (Python), AuthorizedSession`,
    toolchain: python,
    call: ({ url }) => ({
      ...program('impersonate.py', url, audience, search),
      // Version 2.23 looks for a file with an empty name.
      env: { GOOGLE_APPLICATION_CREDENTIALS: undefined },
    }),
    arrives: { impersonation: { as: search } },
  }
}

function versionOf(name: string): string {
  return pinned(`python/${name}.txt`, /google-auth==(.+)/)
}

function programsWith(name: string): (file: string, ...args: string[]) => Program {
  const interpreter = join(built, 'python', name, 'bin/python')
  // -B: a folder of compiled modules would be one more file of the language, built for once more.
  return (file, ...args) => ({ args: [interpreter, '-B', join(sources, 'python', file), ...args] })
}
