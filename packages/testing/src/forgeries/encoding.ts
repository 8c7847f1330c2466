import { encoded, rsaSigner, signedJws } from '../tokens.ts'
import type { Draft, Workshop } from './workshop.ts'

/** Tokens that two parsers could read differently. Most of them are signed with the genuine key. */
export function encodingForgeries(workshop: Workshop): Draft[] {
  return [
    ...wrongSegments(workshop),
    ...wrongBase64url(workshop),
    ...wrongJson(workshop),
    ...wrongSize(workshop),
  ].map((draft) => ({ code: 'token_malformed', ...draft }))
}

type Malformed = Omit<Draft, 'code'> & Partial<Pick<Draft, 'code'>>

function wrongSegments({ token, header, strangers }: Workshop): Malformed[] {
  const whole = token()
  const [first = '', second = '', third = ''] = whole.split('.')
  const why = 'a compact JWS has three segments, no more and no fewer (RFC 7515 section 7.1)'
  const texts = {
    'no dots': first,
    'only dots': '..',
    'two segments': `${first}.${second}`,
    'four segments': `${whole}.${third}`,
    'a dot at the end': `${whole}.`,
    'a dot in front': `.${whole}`,
    'an empty header': `.${second}.${third}`,
    'an empty payload': `${first}..${third}`,
    'an opaque access token': `ya29.${encoded(strangers.rsa.kid)}`,
    'five segments, as an encrypted token has': jweLike(header),
    'a token inside a token': token({ header: { cty: 'JWT' }, rawPayload: whole }),
  }
  return Object.entries(texts).map(([name, text]) => ({ name, why, token: text }))
}

/** RFC 7516 section 3.1: header, encrypted key, initialization vector, ciphertext, tag. */
function jweLike(header: object): string {
  const parameters = { ...header, alg: 'RSA-OAEP', enc: 'A256GCM' }
  return [parameters, 'key', 'vector', 'ciphertext', 'tag'].map(encoded).join('.')
}

function wrongBase64url({ token, header, claims, key }: Workshop): Malformed[] {
  const [first = '', second = '', third = ''] = token().split('.')
  const stray = withStrayBits(JSON.stringify(header))
  const slashes = encoded(JSON.stringify({ ...claims, mark: '?'.repeat(9) }))
  const why =
    'one token must have one spelling (RFC 7515 section 2), else it can pass as several in caches and logs'
  const segments = {
    'padded header': `${first}=.${second}`,
    'padded payload': `${first}.${second}==`,
    'stray bits at the end of the header': `${stray}.${second}`,
    'base64 instead of base64url': `${first}.${slashes.replaceAll('_', '/').replaceAll('-', '+')}`,
    'a space in the header': `${first.slice(0, 8)} ${first.slice(8)}.${second}`,
    'a tab in the payload': `${first}.${second.slice(0, 8)}\t${second.slice(8)}`,
    'a percent escape in the payload': `${first}.%${second}`,
  }
  const signed = Object.entries(segments).map(([name, text]) => {
    return { name, why, token: signedJws(text, rsaSigner(key.privateKey)) }
  })
  return [...signed, { name: 'quotes around it', why, token: `"${first}.${second}.${third}"` }]
}

/** Encodes a text so that four bits of its last character are unused, and sets one of them. */
function withStrayBits(json: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const oneByteOver = json.padEnd(json.length + ((4 - (json.length % 3)) % 3))
  const canonical = encoded(oneByteOver)
  return `${canonical.slice(0, -1)}${alphabet[alphabet.indexOf(canonical.slice(-1)) + 1]}`
}

function wrongJson({ token, claims, header }: Workshop): Malformed[] {
  const json = JSON.stringify(claims)
  const why = 'the payload of a JWT is one JSON object in UTF-8 (RFC 7519 section 7.2)'
  const payloads = {
    'a list of claims': [claims],
    'a text': JSON.stringify('claims'),
    'a number': '7',
    null: 'null',
    nothing: '',
    'no JSON': 'claims',
    'JSON with a comma too many': json.replace('}', ',}'),
    'two objects': json + json,
    'a byte order mark in front': `\uFEFF${json}`,
    'NUL at the end': `${json}\u0000`,
    'NUL inside a claim': json.replace('"aud":"', '"aud":"\u0000'),
    'invalid UTF-8': Buffer.from(json.replace('"aud":"', '"aud":"\u00ff'), 'latin1'),
    'lists in lists in lists': '['.repeat(2000) + ']'.repeat(2000),
  }
  const headers = { 'a list': [header], null: 'null', 'a byte order mark in front': `\uFEFF{}` }
  return [
    ...Object.entries(payloads).map(([name, rawPayload]) => {
      return { name: `payload: ${name}`, why, token: token({ rawPayload }) }
    }),
    ...Object.entries(headers).map(([name, rawHeader]) => {
      return { name: `header: ${name}`, why, token: token({ rawHeader }) }
    }),
  ]
}

function wrongSize({ token }: Workshop): Malformed[] {
  return [
    {
      name: '9 KB',
      why: "an attacker chooses how much work a long token causes: Google's have 1 to 2 KB",
      token: token({ claims: { padding: 'x'.repeat(6000) } }),
    },
    {
      name: 'objects in objects in objects',
      why: 'a recursive parser runs out of stack, and each level costs time',
      token: token({ rawPayload: `${'{"a":'.repeat(900)}1${'}'.repeat(900)}` }),
    },
  ]
}
