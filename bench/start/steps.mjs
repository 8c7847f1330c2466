/**
 * What a new process can do, each step with the imports that it needs. JavaScript, so that no types are
 * stripped; packages are the built ones, as users install them.
 */

/** What the bench hands over: where its servers are, keys and a token. */
const given = JSON.parse(process.env.BENCH_START ?? '{}')

const headers = { host: 'user-profiles.example', authorization: `Bearer ${given.token}` }
/** As much of a framework's request as those who are measured read. */
const call = () => ({
  method: 'GET',
  url: '/',
  originalUrl: '/',
  protocol: 'https',
  headers,
  get: (name) => headers[name.toLowerCase()],
  is: () => false,
  app: { get() {} },
})

/** @type {Record<string, () => Promise<unknown>>} */
export const steps = {
  'node:http': () => import('node:http'),
  express: () => import('express'),

  '@countersign/receiver': () => import('@countersign/receiver'),
  '@countersign/caller': () => import('@countersign/caller'),
  '@countersign/policy': () => import('@countersign/policy'),
  '@countersign/express': () => import('@countersign/express'),
  '@countersign/koa': () => import('@countersign/koa'),
  '@countersign/emulator': () => import('@countersign/emulator'),
  '@countersign/testing': () => import('@countersign/testing'),
  '@countersign/opentelemetry': () => import('@countersign/opentelemetry'),
  jose: () => import('jose'),
  'fast-jwt': () => import('fast-jwt'),
  'google-auth-library': () => import('google-auth-library'),
  'express-oauth2-jwt-bearer': () => import('express-oauth2-jwt-bearer'),

  async 'countersign, keys at hand'() {
    const { localKeys } = await import('@countersign/receiver')
    await decided(localKeys(given.jwks))
  },
  async 'countersign, keys fetched'() {
    const { googleKeys } = await import('@countersign/receiver')
    await decided(googleKeys({ url: given.keysUrl }))
  },
  async 'jose, keys at hand'() {
    const { createLocalJWKSet, jwtVerify } = await import('jose')
    await jwtVerify(given.token, createLocalJWKSet(given.jwks), joseOptions)
  },
  async 'jose, keys fetched'() {
    const { createRemoteJWKSet, jwtVerify } = await import('jose')
    await jwtVerify(given.token, createRemoteJWKSet(new URL(given.keysUrl)), joseOptions)
  },
  async 'fast-jwt, key at hand'() {
    const { createVerifier } = await import('fast-jwt')
    const { audience: allowedAud, issuer: allowedIss } = given
    createVerifier({ key: given.pem, algorithms: ['RS256'], allowedAud, allowedIss })(given.token)
  },
  async 'google-auth-library, keys at hand'() {
    const { OAuth2Client } = await import('google-auth-library')
    const { token, certificates, audience, issuer } = given
    const client = new OAuth2Client()
    await client.verifySignedJwtWithCertsAsync(token, certificates, audience, [issuer])
  },
  async 'google-auth-library, keys fetched'() {
    const { OAuth2Client } = await import('google-auth-library')
    const endpoints = { oauth2FederatedSignonPemCertsUrl: given.certificatesUrl }
    const client = new OAuth2Client({ endpoints })
    await client.verifyIdToken({ idToken: given.token, audience: given.audience })
  },
  async 'express-oauth2-jwt-bearer, keys fetched'() {
    const { auth } = await import('express-oauth2-jwt-bearer')
    const { issuer, audience, keysUrl: jwksUri } = given
    await passed(auth({ issuer, audience, jwksUri, tokenSigningAlg: 'RS256' }))
  },
  async 'verifyCaller of @countersign/express'() {
    const { localKeys } = await import('@countersign/receiver')
    const { verifyCaller } = await import('@countersign/express')
    await passed(verifyCaller(receiverOptions(localKeys(given.jwks))))
  },
  async 'verifyCaller of @countersign/koa'() {
    const { localKeys } = await import('@countersign/receiver')
    const { verifyCaller } = await import('@countersign/koa')
    let isPassed = false
    const context = { req: call(), state: {}, originalUrl: '/', url: '/', method: 'GET', set() {} }
    await verifyCaller(receiverOptions(localKeys(given.jwks)))(context, async () => {
      isPassed = true
    })
    if (!isPassed) throw new Error('the call was refused')
  },

  async 'countersign, metadataServer()'() {
    const { metadataServer } = await import('@countersign/caller')
    await metadataServer().idToken(given.service)
  },
  async 'countersign, serviceFetch.ready()'() {
    const { createServiceFetch } = await import('@countersign/caller')
    await createServiceFetch({ targets: [given.service] }).ready()
  },
  async 'google-auth-library, getIdTokenClient'() {
    const { GoogleAuth } = await import('google-auth-library')
    const client = await new GoogleAuth().getIdTokenClient(given.service)
    await client.getRequestHeaders()
  },

  async 'loadPolicy of one file'() {
    const { loadPolicy } = await import('@countersign/policy')
    await loadPolicy(given.policy, { environment: 'prod' })
  },
  'countersign --version': () => command('--version'),
  'countersign policy check': () => command('policy', 'check', given.policy),
}

const joseOptions = { issuer: given.issuer, audience: given.audience, algorithms: ['RS256'] }

function receiverOptions(keys) {
  return { allow: [given.email], audience: given.audience, keys }
}

async function decided(keys) {
  const { createReceiver } = await import('@countersign/receiver')
  const { allowed } = await createReceiver(receiverOptions(keys)).check(call())
  if (!allowed) throw new Error('the call was refused')
}

/** Resolves once a middleware has let the call through. */
function passed(middleware) {
  return new Promise((resolve, reject) => {
    middleware(call(), {}, (error) => (error ? reject(error) : resolve(undefined)))
  })
}

async function command(...args) {
  process.argv.splice(2, Infinity, ...args)
  await import(new URL('../../packages/cli/dist/esm/main.js', import.meta.url).href)
  if (process.exitCode) throw new Error(`countersign ended with ${process.exitCode}`)
}
