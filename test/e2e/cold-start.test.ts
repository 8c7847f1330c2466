/** What each side loads at a cold start: in processes of their own, since here it is all loaded already. */
import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { createTestIssuer } from '@countersign/testing'
import { expect, test } from 'vitest'

const email = 'login-run@acme.iam.gserviceaccount.com'
const audience = 'https://search.example'

/** Which of Node's costly modules are loaded once a script has run. */
async function loadedBy(script: string, env: Record<string, string> = {}): Promise<string[]> {
  const report = '\nconsole.error(JSON.stringify(process.moduleLoadList))'
  const args = ['--conditions=@countersign/source', '--input-type=module', '-e', script + report]
  const { stderr } = await promisify(execFile)(process.execPath, args, {
    cwd: import.meta.dirname,
    env: { ...process.env, ...env },
  })
  const loaded: string[] = JSON.parse(stderr.trim().split('\n').at(-1) ?? '')
  return costly.filter((name) => loaded.includes(`NativeModule ${name}`))
}

const undici = 'internal/deps/undici/undici'
const costly = ['crypto', 'http', undici]

test.each(['receiver', 'caller'])(
  'an import of the %s loads no client and no crypto',
  async (name) => {
    expect(await loadedBy(`await import('@countersign/${name}')`)).toEqual([])
  },
)

test('would be seen to: an import of node:http loads undici', async () => {
  expect(await loadedBy("await import('node:http')")).toEqual(['crypto', 'http', undici])
})

test('a first decision with keys at hand loads crypto, and no client', async () => {
  const issuer = await createTestIssuer()
  const env = {
    JWKS: JSON.stringify(issuer.jwks()),
    TOKEN: await issuer.idToken({ audience, email }),
  }
  const decide = `
    const { createReceiver, localKeys } = await import('@countersign/receiver')
    const receiver = createReceiver({
      allow: [{ email: '${email}', paths: ['/profiles/:id'] }],
      audience: '${audience}',
      keys: localKeys(JSON.parse(process.env.JWKS)),
      log: false,
    })
    const headers = { authorization: 'Bearer ' + process.env.TOKEN }
    const decision = await receiver.check({ method: 'GET', url: '/profiles/7', headers })
    if (!decision.allowed) throw new Error(decision.denial.code)`
  expect(await loadedBy(decide, env)).toEqual(['crypto'])
})

test("a first token of the metadata server loads node:http, and undici isn't behind it", async () => {
  const issuer = await createTestIssuer()
  const token = await issuer.idToken({ audience, email })
  const metadata = createServer((_request, response) => {
    response.writeHead(200, { 'metadata-flavor': 'Google' }).end(token)
  })
  await new Promise<void>((resolve) => metadata.listen(0, '127.0.0.1', resolve))
  const { port } = metadata.address() as AddressInfo
  const ready = `
    const { createServiceFetch } = await import('@countersign/caller')
    await createServiceFetch({ targets: ['${audience}'], log: false }).ready()`
  const loaded = await loadedBy(ready, { GCE_METADATA_HOST: `127.0.0.1:${port}` })
  metadata.close()
  expect(loaded).toEqual(['crypto', 'http'])
})
