import { verifyCaller } from '@countersign/koa'
import { googleKeys } from '@countersign/receiver'
import { OAuth2Client } from 'google-auth-library'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jwksRsa from 'jwks-rsa'
import type { Context, Middleware } from 'koa'
import koaJwt from 'koa-jwt'
import { audience, callerEmail, googleIssuer } from '../../tokens/issuer.ts'
import { mapCache } from '../map-cache.ts'
import type { Setting } from '../setting.ts'

type MakeGuard = (setting: Setting) => Middleware

const mapCacheByHand: MakeGuard = ({ publicKeyPem }) => {
  const check = mapCache(publicKeyPem)
  return byHand((ctx) => check(ctx.req.headers.authorization))
}

/** What may stand before a Koa app, each as its own documentation sets it up. */
export const koaGuards: Readonly<Record<string, MakeGuard>> = {
  bare: () => (_ctx, next) => next(),

  'map cache by hand': mapCacheByHand,
  // How far its figures are from 1 is what the machine's noise makes of them.
  'map cache, once more': mapCacheByHand,

  countersign: ({ keysUrl }) =>
    verifyCaller({ allow: [callerEmail], audience, keys: googleKeys({ url: keysUrl }) }),

  'koa-jwt + jwks-rsa': ({ keysUrl }) =>
    koaJwt({
      secret: jwksRsa.koaJwtSecret({ cache: true, rateLimit: true, jwksUri: keysUrl }) as never,
      issuer: googleIssuer,
      audience,
      algorithms: ['RS256'],
    }),

  'jose by hand': ({ keysUrl }) => {
    const keys = createRemoteJWKSet(new URL(keysUrl))
    const options = { issuer: googleIssuer, audience, algorithms: ['RS256'] }
    return byHand((ctx) => jwtVerify(bearerOf(ctx), keys, options))
  },

  "Google's sample": ({ certificatesUrl }) => {
    const client = new OAuth2Client({
      endpoints: { oauth2FederatedSignonPemCertsUrl: certificatesUrl },
    })
    return byHand((ctx) => client.verifyIdToken({ idToken: bearerOf(ctx), audience }))
  },
}

/** The middleware that people write around a function. */
function byHand(check: (ctx: Context) => unknown): Middleware {
  return async (ctx, next) => {
    try {
      const claims = await check(ctx as Context)
      if (claims === undefined) throw new Error('no claims')
      ctx.state.claims = claims
    } catch {
      ctx.status = 401
      return
    }
    await next()
  }
}

function bearerOf(ctx: Context): string {
  return ctx.req.headers.authorization?.slice('Bearer '.length) ?? ''
}
