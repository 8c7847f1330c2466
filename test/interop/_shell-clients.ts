import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Client, defaultCredentials } from './_client.ts'
import { curl, gcloud, sources } from './_toolchains.ts'
import { audience, login, search, type World } from './_world.ts'

export const printIdentityToken: Client = {
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

export const curlItself: Client = {
  name: 'curl',
  toolchain: curl,
  call: (world, credential) => ({
    args: ['sh', join(sources, `curl/${credential}.sh`), ...argumentsFor(world)],
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

function argumentsFor({ emulator, url }: World): string[] {
  return [url, audience, search, emulator.url]
}
