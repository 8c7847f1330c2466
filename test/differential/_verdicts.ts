import { createReceiver, localKeys, type Receiver } from '@countersign/receiver'
import { createLocalJWKSet, type JWTPayload, type JWTVerifyResult, jwtVerify } from 'jose'
import type { World } from './_world.ts'

/** What a verifier made of a token: the claims it believed, or the code of its refusal. */
export type Verdict = { accepted: Readonly<Record<string, unknown>> } | { refused: string }

/** Asks jose, told the same as our receiver: keys, issuer, audience, clock. */
export function oracle(world: World): (token: string) => Promise<JWTVerifyResult | undefined> {
  const keys = createLocalJWKSet(world.jwks as Parameters<typeof createLocalJWKSet>[0])
  const options = {
    algorithms: ['RS256'],
    issuer: ['https://accounts.google.com', 'accounts.google.com'],
    audience: [...world.audiences],
    clockTolerance: 30,
    currentDate: new Date(world.now * 1000),
    requiredClaims: ['exp', 'iat', 'sub'],
  }
  // White space around a token is the header's, and is not what is compared here.
  return (token) =>
    jwtVerify<JWTPayload>(token.replace(/^ +/, ''), keys, options).catch(() => undefined)
}

/** Two receivers that differ only in whether they remember tokens. */
export function receivers(world: World): { remembering: Receiver; forgetful: Receiver } {
  const options = {
    allow: world.emails,
    audience: world.audiences,
    keys: localKeys(world.jwks),
    clockToleranceSeconds: 30,
    log: false,
    now: () => world.now * 1000,
  } as const
  return {
    remembering: createReceiver(options),
    forgetful: createReceiver({ ...options, tokenCache: false }),
  }
}

/** What a receiver makes of a token, by the way that every call takes. */
export async function verdictOf(receiver: Receiver, token: string): Promise<Verdict> {
  const authorization = `Bearer ${token}`
  const decision = await receiver.check({
    method: 'GET',
    url: '/profiles/7',
    headers: { authorization },
    rawHeaders: ['Authorization', authorization],
  })
  if (!decision.allowed) return { refused: decision.denial.code }
  // Nobody may be let in without a caller here; `{}` equals no token's claims.
  return { accepted: decision.caller?.claims ?? {} }
}
