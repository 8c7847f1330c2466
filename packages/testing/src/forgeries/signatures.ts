import { encoded, pssSigner, rsaSigner } from '../tokens.ts'
import type { Draft, Workshop } from './workshop.ts'

/** Genuine tokens whose signature was removed, damaged, or made for another text. */
export function signatureForgeries(workshop: Workshop): Draft[] {
  return [
    removed(workshop),
    ...damaged(workshop),
    ...misspelt(workshop),
    ...changed(workshop),
    ...otherSchemes(workshop),
  ]
}

function removed({ token }: Workshop): Draft {
  return {
    name: 'signature removed by Google',
    why: 'Cloud Run writes this text whether it verified the token or not: it proves nothing',
    code: 'signature_removed',
    token: `${partsOf(token()).signedText}.SIGNATURE_REMOVED_BY_GOOGLE`,
  }
}

/** Signatures in the right form that are not valid. */
function damaged({ token }: Workshop): Draft[] {
  const { signedText, signature } = partsOf(token())
  const bytes = Buffer.from(signature, 'base64url')
  const signatures = {
    empty: '',
    'one byte short': encoded(bytes.subarray(0, -1)),
    'one byte long': encoded(Buffer.concat([bytes, Buffer.of(0)])),
    'a zero byte in front': encoded(Buffer.concat([Buffer.of(0), bytes])),
    'one bit flipped': encoded(bytes.map((byte, index) => (index === 7 ? byte ^ 1 : byte))),
    'all zeros': encoded(Buffer.alloc(bytes.length)),
    'the number one': encoded(Buffer.alloc(bytes.length).fill(1, bytes.length - 1)),
  }
  return Object.entries(signatures).map(([name, text]) => ({
    name: `signature: ${name}`,
    why: 'an attacker can change the signature, too, but cannot make a valid one',
    code: 'signature_invalid',
    token: `${signedText}.${text}`,
  }))
}

/** Genuine signatures that are not written canonically (RFC 7515 section 2). */
function misspelt({ token }: Workshop): Draft[] {
  const { signedText, signature } = partsOf(token())
  const signatures = {
    padded: `${signature}==`,
    'with a space in it': `${signature.slice(0, 9)} ${signature.slice(9)}`,
    'the marker of a removed one, in lower case': 'signature_removed_by_google',
  }
  return Object.entries(signatures).map(([name, text]) => ({
    name: `signature: ${name}`,
    why: 'a signature with several spellings makes several tokens out of one',
    code: 'token_malformed',
    token: `${signedText}.${text}`,
  }))
}

/** The genuine signature of one token, on another one. */
function changed({ token, claims }: Workshop): Draft[] {
  const genuine = token()
  const strangers = token({ claims: { email: 'stranger@evil.iam.gserviceaccount.com' } })
  const later = token({ claims: { exp: (claims.exp as number) + 1 } })
  const retyped = token({ header: { typ: 'at+jwt' } })
  return [
    {
      name: "a stranger's signature under the caller's claims",
      why: 'a verifier that ignores the payload accepts any signature of the issuer',
      code: 'signature_invalid',
      token: grafted(genuine, strangers),
    },
    {
      name: 'exp moved by a second after signing',
      why: 'an old token would never expire',
      code: 'signature_invalid',
      token: grafted(later, genuine),
    },
    {
      name: 'typ changed after signing',
      why: 'the signature covers the header too',
      code: 'signature_invalid',
      token: grafted(retyped, genuine),
    },
  ]
}

/** The header says RS256, but the genuine key signed with another scheme. */
function otherSchemes({ token, key }: Workshop): Draft[] {
  const signers = {
    'RSASSA-PSS': pssSigner(key.privateKey),
    'SHA-384': rsaSigner(key.privateKey, 384),
    'SHA-512': rsaSigner(key.privateKey, 512),
  }
  return Object.entries(signers).map(([scheme, sign]) => ({
    name: `alg RS256, signed with ${scheme}`,
    why: 'a verifier that tries several schemes accepts more than the header names',
    code: 'signature_invalid',
    token: token({ sign }),
  }))
}

/** The first two segments of one token, the third of another. */
function grafted(token: string, donor: string): string {
  return `${partsOf(token).signedText}.${partsOf(donor).signature}`
}

function partsOf(token: string): { signedText: string; signature: string } {
  const dot = token.lastIndexOf('.')
  return { signedText: token.slice(0, dot), signature: token.slice(dot + 1) }
}
