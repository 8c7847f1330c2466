import { verifyCaller } from '@countersign/express'
import { googleKeys } from '@countersign/receiver'
import type { Request, RequestHandler } from 'express'
import { expressjwt } from 'express-jwt'
import { auth } from 'express-oauth2-jwt-bearer'
import { OAuth2Client } from 'google-auth-library'
import { createRemoteJWKSet, jwtVerify } from 'jose'
import jwksRsa from 'jwks-rsa'
import { audience, callerEmail, googleIssuer } from '../../tokens/issuer.ts'
import { mapCache } from '../map-cache.ts'
import type { Setting } from '../setting.ts'

type MakeGuard = (setting: Setting) => RequestHandler

const mapCacheByHand: MakeGuard = ({ publicKeyPem }) => {
  const check = mapCache(publicKeyPem)
  return byHand((req) => check(req.headers.authorization))
}

/** What may stand before an Express app, each as its own documentation sets it up. */
export const expressGuards: Readonly<Record<string, MakeGuard>> = {
  bare: () => (_req, _res, next) => next(),

  'map cache by hand': mapCacheByHand,
  // How far its figures are from 1 is what the machine's noise makes of them.
  'map cache, once more': mapCacheByHand,

  countersign: ({ keysUrl }) =>
    verifyCaller({ allow: [callerEmail], audience, keys: googleKeys({ url: keysUrl }) }),

  'express-oauth2-jwt-bearer': ({ keysUrl }) =>
    auth({ issuer: googleIssuer, jwksUri: keysUrl, audience, tokenSigningAlg: 'RS256' }),

  'express-jwt + jwks-rsa': ({ keysUrl }) =>
    expressjwt({
      secret: jwksRsa.expressJwtSecret({ cache: true, rateLimit: true, jwksUri: keysUrl }) as never,
      issuer: googleIssuer,
      audience,
      algorithms: ['RS256'],
    }),

  'jose by hand': ({ keysUrl }) => {
    const keys = createRemoteJWKSet(new URL(keysUrl))
    const options = { issuer: googleIssuer, audience, algorithms: ['RS256'] }
    return byHand((req) => jwtVerify(bearerOf(req), keys, options))
  },

  "Google's sample": ({ certificatesUrl }) => {
    const client = new OAuth2Client({
      endpoints: { oauth2FederatedSignonPemCertsUrl: certificatesUrl },
    })
    return byHand((req) => client.verifyIdToken({ idToken: bearerOf(req), audience }))
  },
}

/** The middleware that people write around a function. */
function byHand(check: (req: Request) => unknown): RequestHandler {
  return async (req, res, next) => {
    try {
      const claims = await check(req)
      if (claims === undefined) throw new Error('no claims')
      Object.assign(req, { claims })
    } catch {
      res.sendStatus(401)
      return
    }
    next()
  }
}

function bearerOf(req: Request): string {
  return req.headers.authorization?.slice('Bearer '.length) ?? ''
}
