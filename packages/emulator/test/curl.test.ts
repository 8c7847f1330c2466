import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { expect, test } from 'vitest'
import { startEmulator } from '../src/index.ts'
import { loginEmail, profilesUrl, samplePolicy } from './policy.ts'

const hasCurl = spawnSync('curl', ['--version']).status === 0
const run = promisify(execFile)

test.skipIf(!hasCurl)('curl gets an identity token as Google’s pages show it', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const { GCE_METADATA_HOST } = emulator.env('login')
  const path = '/computeMetadata/v1/instance/service-accounts/default/identity'
  const url = `http://${GCE_METADATA_HOST}${path}?audience=${profilesUrl}`
  const { stdout } = await run('curl', ['-s', '-H', 'Metadata-Flavor: Google', url])
  expect(decodeJwt(stdout)).toMatchObject({ aud: profilesUrl, email: loginEmail })
})

test.skipIf(!hasCurl)('curl reaches it under Google’s own host names', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const { port } = new URL(emulator.url)
  const args = ['-s', '--connect-to', `www.googleapis.com:80:127.0.0.1:${port}`]
  const { stdout } = await run('curl', [...args, 'http://www.googleapis.com/oauth2/v3/certs'])
  expect(JSON.parse(stdout).keys[0].kid).toBe(emulator.signingKey.kid)
})
