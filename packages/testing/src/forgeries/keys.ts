import { type Claims, rsaSigner } from '../tokens.ts'
import type { Draft, Workshop } from './workshop.ts'

/** Tokens that name an unknown key, contain a key, or are signed with another key. */
export function keyForgeries(workshop: Workshop): Draft[] {
  return [...unknownKids(workshop), ...broughtAlong(workshop), ...otherKeys(workshop)]
}

/** All signed with the genuine key: a verifier that tries all of its keys would accept them. */
function unknownKids({ token, key }: Workshop): Draft[] {
  const why = 'the kid chooses one of the keys of the set; any other kid chooses none'
  const kids: Record<string, unknown> = {
    missing: undefined,
    empty: '',
    null: null,
    'a number': 0,
    'an object': { kid: key.kid },
    'a list': [key.kid],
    unknown: 'f'.repeat(40),
    'very long': 'f'.repeat(3000),
    'with a space after it': `${key.kid} `,
    'in upper case': key.kid.toUpperCase(),
    'a path': '../../../../../../dev/null',
    'an SQL injection': "x' UNION SELECT 'secret' -- ",
    'a URL': 'https://evil.example/keys.json',
    'of an emulator': 'emulator-of-somebody-else',
    'the name of what every object has': 'constructor',
    'the name of a prototype': '__proto__',
  }
  return Object.entries(kids)
    .filter(([, kid]) => kid !== key.kid)
    .map(([what, kid]) => ({
      name: `kid ${what}`,
      why,
      code: 'key_unknown',
      token: token({ header: { kid } }),
    }))
}

/** RFC 7515 sections 4.1.2 to 4.1.6: a header can contain a key, or the URL of one. */
function broughtAlong({ token, strangers: { rsa } }: Workshop): Draft[] {
  const sign = rsaSigner(rsa.privateKey)
  const certificate = rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const parameters: Record<string, Claims> = {
    jwk: { jwk: rsa.jwk },
    jku: { jku: 'https://evil.example/keys.json' },
    x5u: { x5u: 'https://evil.example/certificate.pem' },
    x5c: { x5c: [certificate] },
  }
  return Object.entries(parameters).flatMap(([name, header]): Draft[] => [
    {
      name: `${name} with an attacker's key, under the genuine kid`,
      why: 'a verifier that takes the key from the header lets the token prove itself',
      code: 'signature_invalid',
      token: token({ header, sign }),
    },
    {
      name: `${name} with an attacker's key, under its own kid`,
      why: 'a verifier that takes an unknown key from the header, or fetches it, trusts any signer',
      code: 'key_unknown',
      token: token({ header: { ...header, kid: rsa.kid }, sign }),
    },
  ])
}

function otherKeys({ token, strangers: { rsa } }: Workshop): Draft[] {
  const sign = rsaSigner(rsa.privateKey)
  return [
    {
      name: 'another key under the genuine kid',
      why: 'anybody can sign with a key of their own and write a known kid',
      code: 'signature_invalid',
      token: token({ sign }),
    },
    {
      name: 'a key that is not in the set, or no longer',
      why: 'keys are rotated out because they may have leaked',
      code: 'key_unknown',
      token: token({ header: { kid: rsa.kid }, sign }),
    },
  ]
}
