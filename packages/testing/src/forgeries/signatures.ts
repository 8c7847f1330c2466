import { encoded, pssSigner, rsaSigner } from '../tokens.ts'
import type { Draft, Workshop } from './workshop.ts'

/** Genuine tokens whose signature was taken away, damaged, or made for something else. */
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
    why: 'Cloud Run writes this for tokens it verified and for those it did not: it proves nothing',
    code: 'signature_removed',
    token: `${partsOf(token()).signedText}.SIGNATURE_REMOVED_BY_GOOGLE`,
  }
}

/** Signatures of the right form that do not hold. */
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
    why: 'who changes a token can change its signature too, but cannot make it hold',
    code: 'signature_invalid',
    token: `${signedText}.${text}`,
  }))
}

/** Genuine signatures in a spelling that is not the canonical one (RFC 7515 section 2). */
function misspelt({ token }: Workshop): Draft[] {
  const { signedText, signature } = partsOf(token())
  const signatures = {
    padded: `${signature}==`,
    'with a space in it': `${signature.slice(0, 9)} ${signature.slice(9)}`,
    'the marker of a removed one, in lower case': 'signature_removed_by_google',
  }
  return Object.entries(signatures).map(([name, text]) => ({
    name: `signature: ${name}`,
    why: 'one signature with several spellings makes several tokens of one',
    code: 'token_malformed',
    token: `${signedText}.${text}`,
  }))
}

/** The genuine signature of one token, under another one. */
function changed({ token, claims }: Workshop): Draft[] {
  const genuine = token()
  const strangers = token({ claims: { email: 'stranger@evil.iam.gserviceaccount.com' } })
  const later = token({ claims: { exp: (claims.exp as number) + 1 } })
  const retyped = token({ header: { typ: 'at+jwt' } })
  return [
    {
      name: "a stranger's signature under the caller's claims",
      why: 'a verifier that does not cover the payload takes any signature of the issuer',
      code: 'signature_invalid',
      token: grafted(genuine, strangers),
    },
    {
      name: 'exp moved by a second after signing',
      why: 'an old token would live for ever',
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

/** RS256 says the header; the genuine key signed in another way. */
function otherSchemes({ token, key }: Workshop): Draft[] {
  const signers = {
    'RSASSA-PSS': pssSigner(key.privateKey),
    'SHA-384': rsaSigner(key.privateKey, 384),
    'SHA-512': rsaSigner(key.privateKey, 512),
  }
  return Object.entries(signers).map(([scheme, sign]) => ({
    name: `alg RS256, signed with ${scheme}`,
    why: 'a verifier that finds the scheme out by trying accepts more than it says',
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
