import { createPrivateKey } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exportPKCS8, SignJWT } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { exchange, fromLibrary } from './apis/_aws-exchange.ts'
import { openSession, roleCredentials } from './apis/_aws-instance.ts'
import { startApp } from './app.ts'
import { endpoints, idTokenIn } from './drills/_endpoints.ts'
import { loginEmail, profilesUrl, samplePolicy } from './policy.ts'
import { getMetadata, send } from './send.ts'

/** Whatever is sent and answered: no token, signature, key or assertion is in any text of the log. */

/** Everything that opens something, as far as this test has seen it. */
type Secrets = Set<string>

async function fetchTokens(emulator: Emulator, secrets: Secrets): Promise<string> {
  const key = await emulator.serviceAccountKey('login')
  secrets.add(key.private_key)
  secrets.add(await exportPKCS8(emulator.signingKey.privateKey as never))
  secrets.add(emulator.userCredentials().refresh_token)
  secrets.add(emulator.userCredentials().client_secret)
  const { headers } = emulator.federation('login').credential_source
  secrets.add(headers.authorization.slice('Bearer '.length))
  await federateFromAws(emulator, secrets)
  for (const ask of Object.values(endpoints)) {
    const body = await (await ask(emulator)).text()
    for (const [token] of body.matchAll(/[\w-]{20,}\.[\w-]{20,}\.[\w-]{20,}|ya29\.[\w.-]+/g)) {
      secrets.add(token)
    }
  }
  const token = await idTokenIn(await endpoints.identity(emulator))
  secrets.add(token)
  return token
}

/** An instance's role, a session, and the signature of what the role signs: taken, and refused. */
async function federateFromAws(emulator: Emulator, secrets: Secrets): Promise<void> {
  const config = emulator.awsFederation('login')
  const { SecretAccessKey, Token } = await roleCredentials(config)
  const subjectToken = await fromLibrary(config)
  const signature = /Signature%3D([0-9a-f]{64})/.exec(subjectToken)?.[1] ?? ''
  const { status, access_token: token = '' } = await exchange(subjectToken, config)
  const other = { ...config, subject_token_type: emulator.federation('login').subject_token_type }
  expect([status, (await exchange(subjectToken, other)).status]).toEqual([200, 400])
  const session = await openSession(config)
  for (const secret of [
    SecretAccessKey,
    Token,
    session,
    encodeURIComponent(Token),
    signature,
    token,
  ]) {
    expect(secret.length).toBeGreaterThanOrEqual(40)
    secrets.add(secret)
  }
}

const shapeless = 'open-sesame-of-forty-thieves'
/** So short that a path with it could be a policy's. */
const short = `ya29.${shapeless}`

function percentEncoded(text: string): string {
  return [...text].map((one) => `%${one.charCodeAt(0).toString(16)}`).join('')
}

/** Each way in which a caller may send a token, right or wrong, and an app may send one back. */
function places(token: string): { target?: string; headers?: string[] }[] {
  const names = [
    'authorization',
    'x-serverless-authorization',
    'x-caller-authorization',
    'proxy-authorization',
    'cookie',
    'x-api-key',
    'x-goog-iap-jwt-assertion',
    'x-custom',
    'referer',
    'user-agent',
    'traceparent',
    'host',
    'ce-subject',
    token.replaceAll('.', '-').slice(0, 2_000),
  ]
  return [
    ...names.map((name) => ({ headers: [name, token] })),
    ...names.map((name) => ({ headers: [name, `Bearer ${token}`] })),
    ...names.slice(0, 2).map((name) => ({ headers: [name, `Bearer  ${token}, Bearer ${token}`] })),
    { headers: ['authorization', `Basic ${Buffer.from(`login:${token}`).toString('base64')}`] },
    { headers: ['x-encoded', Buffer.from(token).toString('base64')] },
    // A secret that has no shape is known by the name that it goes by.
    ...['x-auth', 'x-access-key', 'ocp-apim-subscription-key', 'x-session'].map((name) => ({
      headers: [name, shapeless],
    })),
    // Or by the scheme before it, or by where it stands in a URL.
    ...[`Bearer ${shapeless}`, `see https://me:${shapeless}@a.example/`].map((value) => ({
      headers: ['x-custom', value],
    })),
    ...['host', 'referer', 'traceparent', 'x-custom'].map((name) => ({
      headers: [name, `https://${token.toLowerCase()}.a.example/`],
    })),
    { headers: ['x-cloud-trace-context', `${token}/1`] },
    { headers: ['x-custom', `${token.slice(0, 50)}\t${token.slice(50)}`] },
    { target: `/${short}` },
    { target: `/Bearer%20${shapeless}` },
    { target: `/${percentEncoded(token)}` },
    { target: `/${percentEncoded(token).replaceAll('%', '%25')}` },
    { target: `http://me:${shapeless}@a.example/` },
    { target: `/?session=${shapeless}` },
    { target: `/?access_token=${token}` },
    { target: `/?x=${encodeURIComponent(token).replaceAll('.', '%2E')}` },
    { target: `/${token}/x;y=${token}` },
    { target: `/#${token}` },
  ]
}

/** What is to go into `aud`, by each endpoint that takes one. */
async function askWithTokenAsAudience(emulator: Emulator, token: string): Promise<void> {
  const host = emulator.env('login').GCE_METADATA_HOST
  const path = `/computeMetadata/v1/instance/service-accounts/default/identity?audience=${token}`
  expect((await getMetadata(host, path)).status).toBe(200)
  const { access_token: access } = (await (await endpoints['access-token'](emulator)).json()) as {
    access_token: string
  }
  const url = `${emulator.url}/v1/projects/-/serviceAccounts/${loginEmail}:generateIdToken`
  const headers = { authorization: `Bearer ${access}` }
  const body = JSON.stringify({ audience: `https://a.example/?x=${token}` })
  expect((await fetch(url, { method: 'POST', headers, body })).status).toBe(200)
}

async function sendEverywhere(emulator: Emulator, token: string): Promise<void> {
  await using app = await startApp((req, res) => {
    const { 'x-custom': value } = req.headers
    const headers = {
      'content-type': 'application/problem+json',
      'countersign-code': token.slice(0, 40),
      'set-cookie': `session=${token}`,
      location: `https://me:${shapeless}@a.example/cb?code=${token}#id_token=${token}`,
      'x-echo': String(value),
    }
    res.writeHead(403, headers).end(JSON.stringify({ detail: `Not with ${token}`, token }))
  })
  for (const to of ['user-profiles', 'status']) {
    emulator.forwardTo(to, app.url)
    for (const place of places(token)) {
      const { headers = [], ...rest } = place
      const host = headers.includes('host') ? [] : ['host', '127.0.0.1']
      const sent = [...host, ...headers, 'content-length', String(token.length)]
      await send(emulator.frontDoor(to), { method: 'POST', body: token, ...rest, headers: sent })
    }
  }
}

/** Nobody would call a service by a token's name; a token may well be in a claim. */
async function tokenWithTokens(emulator: Emulator, token: string): Promise<string> {
  const claims = {
    email: token,
    actor: token,
    nested: [{ [token]: token }],
    big: 'a b'.repeat(1_000),
  }
  return emulator.idToken('login', token, claims)
}

function expectNone(text: string, secrets: Secrets): void {
  expectNoneAsWritten(text, secrets)
  expectNoneAsWritten(decoded(decoded(text)), secrets)
}

function expectNoneAsWritten(text: string, secrets: Secrets): void {
  expect(/.{60}eyJ[\w-]{5,}/i.exec(text)?.[0]).toBeUndefined()
  expect(/.{60}[\w-]{16,}\.[\w-]{16,}\.[\w-]{16,}/.exec(text)?.[0]).toBeUndefined()
  expect(/.{60}(?:PRIVATE KEY|ya29\.|GOCSPX|1\/\/)/.exec(text)?.[0]).toBeUndefined()
  for (const secret of secrets) {
    for (const part of parts(secret)) expect(text.includes(part), part).toBe(false)
  }
}

function decoded(text: string): string {
  return text.replace(/%([0-7][0-9a-f])/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16)))
}

/** Any twenty characters of the secret half of a secret. */
function parts(secret: string): string[] {
  const bare = secret.replace(/-----[A-Z ]+-----|\n/g, '')
  const core = bare.startsWith('eyJ') ? bare.slice(bare.lastIndexOf('.') + 1) : bare
  return Array.from({ length: Math.floor(core.length / 20) }, (_, at) =>
    core.slice(at * 20, at * 20 + 20),
  )
}

test('events, state, requests and a recording hold none', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'no-secrets-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const record = join(folder, 'run.jsonl')
  const secrets: Secrets = new Set([shapeless])
  const emulator = await startEmulator({ policy: await samplePolicy(), record })
  const token = await fetchTokens(emulator, secrets)
  const forged = await new SignJWT({ email: loginEmail, aud: profilesUrl })
    .setProtectedHeader({ alg: 'RS256', kid: token })
    .sign(createPrivateKey((await emulator.serviceAccountKey('login')).private_key))
  for (const one of [token, forged, await tokenWithTokens(emulator, token)]) {
    secrets.add(one)
    await sendEverywhere(emulator, one)
    await askWithTokenAsAudience(emulator, one)
  }
  const { body: state } = await send(`${emulator.url}/emulator/v1/state`)
  const events = emulator.events.kept
  const requests = JSON.stringify(emulator.requests)
  await emulator.stop()
  expect(secrets.size).toBeGreaterThan(10)
  expect(events.filter(({ type }) => type === 'call').length).toBeGreaterThan(200)
  expectNone(JSON.stringify(events), secrets)
  expectNone(state, secrets)
  const recorded = await readFile(record, 'utf8')
  expect(recorded.split('\n')).toHaveLength(events.length + 2)
  expectNone(recorded, secrets)
  expectNone(requests, secrets)
})

test('events hold no control or bidi characters, whatever is sent', async () => {
  await using emulator = await startEmulator({ policy: await samplePolicy() })
  const claims = { name: 'a\u202eb\u001b[2Jc\u2028d' }
  const headers = {
    host: '127.0.0.1',
    authorization: `Bearer ${await emulator.idToken('login', profilesUrl, claims)}`,
    'x-custom': 'a\u009b2Jb\tc',
  }
  await send(emulator.frontDoor('user-profiles'), { headers })
  const json = JSON.stringify(emulator.events.kept)
  expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|\\u[0-9a-f]{4}|\\[tnr]/u)
  expect(json).toContain('a\\\\u{202e}b\\\\u{1b}[2Jc\\\\u{2028}d')
  expect(json).toContain('a\\\\u{9b}2Jb\\\\u{9}c')
})
