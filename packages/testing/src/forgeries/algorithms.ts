import {
  type Claims,
  ecSigner,
  edSigner,
  hmacSigner,
  noSigner,
  pssSigner,
  rsaSigner,
  type Signer,
} from '../tokens.ts'
import type { Draft, Workshop } from './workshop.ts'

/** Tokens whose header names another algorithm: the receiver accepts only RS256. */
export function algorithmForgeries(workshop: Workshop): Draft[] {
  return [
    ...unsigned(workshop),
    ...signedWithPublicKey(workshop),
    ...otherAlgorithms(workshop),
    ...otherNames(workshop),
    ...extensions(workshop),
  ]
}

function unsigned({ token }: Workshop): Draft[] {
  return ['none', 'None', 'NONE', 'nOnE'].map((alg) => ({
    name: `alg ${alg}, no signature`,
    why: 'a verifier that lets the token choose skips the signature (RFC 8725 section 3.2)',
    code: 'algorithm_not_allowed',
    token: token({ header: { alg }, sign: noSigner }),
  }))
}

/** The confusion of RS256 with HS256 (RFC 8725 section 2.1): everybody has the public key. */
function signedWithPublicKey({ token, key }: Workshop): Draft[] {
  const secrets = {
    'PEM text': key.publicKey.export({ type: 'spki', format: 'pem' }),
    'PKCS #1 PEM text': key.publicKey.export({ type: 'pkcs1', format: 'pem' }),
    'DER bytes': key.publicKey.export({ type: 'spki', format: 'der' }),
    'JWK text': JSON.stringify(key.jwk),
    modulus: Buffer.from(key.jwk.n, 'base64url'),
  }
  return Object.entries(secrets).map(([form, secret]) => ({
    name: `alg HS256, the public key's ${form} as the secret`,
    why: 'a verifier that lets the token choose takes the public key for a shared secret',
    code: 'algorithm_not_allowed',
    token: token({ header: { alg: 'HS256' }, sign: hmacSigner(secret) }),
  }))
}

function otherAlgorithms({ token, key, strangers }: Workshop): Draft[] {
  const signers: Record<string, Signer> = {
    RS384: rsaSigner(key.privateKey, 384),
    RS512: rsaSigner(key.privateKey, 512),
    PS256: pssSigner(key.privateKey),
    ES256: ecSigner(strangers.ec),
    EdDSA: edSigner(strangers.ed),
    HS256: hmacSigner(''),
  }
  return Object.entries(signers).map(([alg, sign]) => ({
    name: `alg ${alg}${alg === 'HS256' ? ', an empty secret' : ''}`,
    why: 'Google signs ID tokens with RS256 only: another algorithm is another signer',
    code: 'algorithm_not_allowed',
    token: token({ header: { alg }, sign }),
  }))
}

/** The signature is the genuine RS256 one: only the name is wrong. */
function otherNames({ token }: Workshop): Draft[] {
  const names = [
    undefined,
    '',
    'rs256',
    'RS256 ',
    'RS256\u0000',
    ['RS256'],
    null,
    256,
    { alg: 'RS256' },
  ]
  return names.map((alg) => ({
    name: `alg ${JSON.stringify(alg) ?? 'missing'}`,
    why: 'a lenient comparison takes it for RS256',
    code: 'algorithm_not_allowed',
    token: token({ header: { alg } }),
  }))
}

/** Parameters that change what the signature covers, all signed with the genuine key. */
function extensions({ token }: Workshop): Draft[] {
  const why = 'a verifier has to refuse what it does not implement (RFC 7515 section 4.1.11)'
  const headers: Record<string, Claims> = {
    'crit with an unknown extension': { crit: ['exp'], exp: 0 },
    'crit, empty': { crit: [] },
    'crit, null': { crit: null },
    'b64 false': { b64: false },
    'b64 false, and crit says so': { b64: false, crit: ['b64'] },
    'zip DEF': { zip: 'DEF' },
  }
  return Object.entries(headers).map(([name, header]) => ({
    name,
    why,
    code: 'algorithm_not_allowed',
    token: token({ header }),
  }))
}
