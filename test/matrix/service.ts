/**
 * What a user's project does with the packages, whatever compiles, bundles or runs it: this file is
 * copied into each project. It imports no other file, since projects disagree on how that is written.
 */
import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  applicationDefault,
  createServiceFetch,
  impersonate,
  isIdTokenError,
  isTargetNotAllowedError,
  serviceAccountKey,
  workloadIdentityFederation,
} from '@countersign/caller'
import { callerOf, signCalls, verifyCaller } from '@countersign/express'
import { loadPolicy, type Policy } from '@countersign/policy'
import { createReceiver } from '@countersign/receiver'
import { createTestIssuer, type TestIssuer } from '@countersign/testing'
import express from 'express'

const email = 'login-run@acme.iam.gserviceaccount.com'
const audience = 'https://user-profiles-123.us-central1.run.app'

/**
 * Throws at the first check that fails.
 *
 * @returns what held
 */
export async function checkPackages(): Promise<string[]> {
  const policy = await loadPolicy('countersign.jsonc', { environment: 'prod' })
  const issuer = await createTestIssuer()
  return [
    await checkReceiver(policy, issuer),
    await checkExpress(policy, issuer),
    await checkCaller(policy, issuer),
    await checkPolicyErrors(),
    checkGuard(),
    await checkLateParts(issuer),
    await checkFederation(issuer),
  ]
}

async function checkReceiver(policy: Policy, issuer: TestIssuer): Promise<string> {
  const receiver = createReceiver({
    ...policy.receiver('user-profiles'),
    keys: issuer.keys,
    log: false,
  })
  const genuine = await issuer.headers({ email, audience })
  const ask = (path: string, headers = {}) =>
    receiver.check(new Request(audience + path, { headers }))
  assert.equal((await ask('/profiles/7', genuine)).allowed, true)
  assert.equal((await ask('/ready')).allowed, true)
  assert.equal((await ask('/admin', genuine)).allowed, false, 'a path that no rule has')
  for (const { name, headers } of await issuer.forgeries({ email, audience })) {
    assert.equal((await ask('/profiles/7', headers)).allowed, false, name)
  }
  return 'a receiver lets in a genuine token alone, for the paths of its rules'
}

async function checkExpress(policy: Policy, issuer: TestIssuer): Promise<string> {
  const app = express()
  app.use(verifyCaller({ ...policy.receiver('user-profiles'), keys: issuer.keys, log: false }))
  app.use(signCalls({ targets: ['https://search-123.us-central1.run.app'], log: false }))
  app.get('/profiles/:id', (req, res) => {
    res.json([callerOf(req).email, typeof req.serviceFetch])
  })
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    const serviceFetch = createServiceFetch({
      targets: [{ name: 'user-profiles', url, audience }],
      log: false,
      identity: { idToken: (wanted) => issuer.idToken({ email, audience: wanted }) },
    })
    const answer = await serviceFetch.to('user-profiles')('/profiles/7')
    assert.equal(await answer.text(), JSON.stringify([email, 'function']))
    assert.equal((await serviceFetch(`${url}/admin`)).status, 403)
    for (const { name, headers, expected } of await issuer.forgeries({ email, audience })) {
      const refused = await fetch(`${url}/profiles/7`, { headers })
      assert.equal(refused.status, expected.status, name)
      assert.equal(refused.headers.get('countersign-code'), expected.code, name)
    }
  } finally {
    server.close()
    server.closeAllConnections()
  }
  return 'a signed call gets through Express, and no forged one'
}

async function checkCaller(policy: Policy, issuer: TestIssuer): Promise<string> {
  const receiver = createReceiver({
    ...policy.receiver('user-profiles'),
    keys: issuer.keys,
    log: false,
  })
  const serviceFetch = createServiceFetch({
    ...policy.caller('login'),
    log: false,
    identity: { idToken: (wanted) => issuer.idToken({ email, audience: wanted }) },
    fetch: async (url, init) => {
      const { allowed } = await receiver.check(new Request(url, init))
      return new Response(null, { status: allowed ? 204 : 403 })
    },
  })
  assert.equal((await serviceFetch.to('user-profiles')('/profiles/7')).status, 204)
  for (const url of ['https://elsewhere.example/', `${audience}/admin`]) {
    await assert.rejects(serviceFetch(url), isTargetNotAllowedError)
  }
  return 'a caller signs for its targets, and calls nothing else'
}

async function checkPolicyErrors(): Promise<string> {
  const file = join(tmpdir(), `countersign-broken-${process.pid}.jsonc`)
  writeFileSync(file, '{\n  // no colon\n  "services" {} }')
  await assert.rejects(loadPolicy(file), ({ message }: Error) => {
    assert.match(message, /^ *3:14 .*ColonExpected/m)
    return true
  })
  return 'a fault of a policy has its place in the file'
}

function checkGuard(): string {
  Object.assign(process.env, {
    COUNTERSIGN_EMULATOR: 'http://127.0.0.1:8790',
    K_SERVICE: 'user-profiles',
  })
  try {
    const refusal = { name: 'TypeError', message: /COUNTERSIGN_EMULATOR is set beside K_SERVICE/ }
    assert.throws(() => createReceiver({ allow: [email], audience }), refusal)
    assert.throws(() => createServiceFetch({ targets: [audience] }), refusal)
  } finally {
    delete process.env.COUNTERSIGN_EMULATOR
    delete process.env.K_SERVICE
  }
  return 'the emulator is refused in production'
}

/** What is loaded by `import()`: three of four sources of tokens. */
async function checkLateParts(issuer: TestIssuer): Promise<string> {
  const fetch = googleOf(issuer)
  const key = serviceAccountKeyFile()
  process.env.GOOGLE_APPLICATION_CREDENTIALS = temporaryFile('key.json', JSON.stringify(key))
  const sources = [
    serviceAccountKey(key, { fetch }),
    impersonate({ serviceAccount: email, source: { accessToken: async () => 'ya29.x' }, fetch }),
    applicationDefault({ fetch }),
  ]
  for (const source of sources) assert.match(await source.idToken(audience), /^ey.+\..+\..+$/)
  delete process.env.GOOGLE_APPLICATION_CREDENTIALS
  return 'what is loaded late is found: a key, impersonation, application default credentials'
}

/** The fourth, which needs the optional peer. The variable says whether it is there. */
async function checkFederation(issuer: TestIssuer): Promise<string> {
  const source = workloadIdentityFederation(
    {
      type: 'external_account',
      audience:
        '//iam.googleapis.com/projects/123/locations/global/workloadIdentityPools/p/providers/q',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      token_url: 'https://sts.googleapis.com/v1/token',
      service_account_impersonation_url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${email}:generateAccessToken`,
      credential_source: { file: temporaryFile('subject', 'subject-token') },
    },
    { fetch: googleOf(issuer) },
  )
  if (process.env.PEER === 'installed') {
    assert.match(await source.idToken(audience), /^ey.+\..+\..+$/)
    return 'a federation finds google-auth-library'
  }
  await assert.rejects(source.idToken(audience), (error: unknown) => {
    assert.ok(isIdTokenError(error))
    assert.equal(error.code, 'identity_unavailable')
    assert.match(error.hint, /npm install google-auth-library/)
    return true
  })
  return 'a federation without google-auth-library says what to install'
}

/** Google's token endpoint, STS and IAM Credentials. */
function googleOf(issuer: TestIssuer) {
  return async (_url: string | URL | Request): Promise<Response> => {
    const token = await issuer.idToken({ email, audience })
    return Response.json({ token, id_token: token, access_token: 'ya29.x', accessToken: 'ya29.y' })
  }
}

function serviceAccountKeyFile() {
  const { privateKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  })
  return {
    type: 'service_account' as const,
    client_email: email,
    private_key: privateKey,
    private_key_id: 'key-1',
    token_uri: 'https://oauth2.googleapis.com/token',
  }
}

function temporaryFile(name: string, content: string): string {
  const file = join(tmpdir(), `countersign-${process.pid}-${name}`)
  writeFileSync(file, content)
  return file
}
