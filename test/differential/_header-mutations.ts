import { constants, createHmac, sign } from 'node:crypto'
import type { Chance, Draft, Mutation } from './_draft.ts'

const algorithms = [
  ...['none', 'None', 'NONE', 'nOnE', '', 'rs256', 'RS256 ', 'RS256\0', 'RS 256', 'ＲＳ256'],
  ...['RS1', 'RS384', 'RS512', 'PS256', 'PS384', 'ES256', 'ES256K', 'EdDSA', 'HS384', 'HS512'],
  ...['RSA-SHA256', 'SHA256withRSA', 'RSA-OAEP', 'RSA1_5', 'dir', 'A256GCM', 'constructor'],
  ...[null, 0, 256, true, ['RS256'], { alg: 'RS256' }, undefined],
]

const kids = [
  ...['', ' ', 'google', 'google-1 ', 'GOOGLE-1', 'google-1\0', 'google-2', 'google-1/../google-1'],
  ...['__proto__', 'constructor', 'toString', '../../dev/null', "' OR 1=1 --", 'k'.repeat(5000)],
  ...[null, 0, 1, true, ['google-1'], [], {}, { kid: 'google-1' }, undefined],
]

const types = ['jwt', 'JOSE', 'at+jwt', 'application/jwt', 'JWE', '', null, 5, ['JWT'], undefined]

const extensions: Record<string, unknown>[] = [
  ...[[], ['b64'], ['b64', 'b64'], ['exp'], ['alg'], ['x'], [''], [null], 'b64', null, {}, 0].map(
    (crit) => ({ crit }),
  ),
  ...[true, false, 'false', null, 0].flatMap((b64) => [{ b64 }, { b64, crit: ['b64'] }]),
  ...['DEF', 'GZIP', '', null, true].map((zip) => ({ zip })),
  { exp: 1, crit: ['exp'] },
  { enc: 'A256GCM' },
  { cty: 'JWT' },
  { epk: {} },
  { iss: 'https://accounts.google.com' },
]

/** Each algorithm that our kinds of key can be made to sign with, under its own name. */
const signers: Record<string, (text: Buffer, chance: Chance) => Buffer> = {
  RS384: (text, { world }) => sign('RSA-SHA384', text, world.google.privateKey),
  RS512: (text, { world }) => sign('RSA-SHA512', text, world.google.privateKey),
  PS256: (text, { world }) =>
    sign('sha256', text, {
      key: world.google.privateKey,
      padding: constants.RSA_PKCS1_PSS_PADDING,
      saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
    }),
  ES256: (text, { world }) => sign('sha256', text, { key: world.ec, dsaEncoding: 'ieee-p1363' }),
  none: () => Buffer.alloc(0),
}

/** The forms in which a public key could be taken for a secret. */
const secrets: ((chance: Chance) => Buffer | string)[] = [
  ({ world }) => world.google.publicKey.export({ type: 'spki', format: 'pem' }),
  ({ world }) => `${world.google.publicKey.export({ type: 'spki', format: 'pem' })}`.trim(),
  ({ world }) => world.google.publicKey.export({ type: 'spki', format: 'der' }),
  ({ world }) => world.google.publicKey.export({ type: 'pkcs1', format: 'der' }),
  ({ world }) => Buffer.from(`${world.google.jwk.n}`, 'base64url'),
  ({ world }) => JSON.stringify(world.google.jwk),
  () => '',
]

const spoil =
  (name: string, values: readonly unknown[]): Mutation['apply'] =>
  (draft, { random }) => {
    draft.header[name] = random.pick(values)
  }

function signAsAlgorithm(draft: Draft, chance: Chance): void {
  const name = chance.random.pick(Object.keys(signers))
  draft.header.alg = chance.random.happens(0.7) ? name : 'RS256'
  draft.sign = (text) => signers[name]?.(Buffer.from(text), chance) as Buffer
}

function signWithPublicKey(draft: Draft, chance: Chance): void {
  const secret = chance.random.pick(secrets)(chance)
  draft.header.alg = chance.random.pick(['HS256', 'HS256', 'RS256'])
  draft.sign = (text) => createHmac('sha256', secret).update(text).digest()
}

function bringOwnKey(draft: Draft, { random, world: { stranger } }: Chance): void {
  const { jwk, privateKey } = stranger
  const url = 'https://attacker.example/certs'
  const certificate = stranger.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')
  const ways = [
    { jwk },
    { jku: url },
    { x5u: url },
    { x5c: [certificate] },
    { jwk, kid: undefined },
  ]
  Object.assign(draft.header, random.pick(ways))
  if (random.happens(0.8)) draft.sign = (text) => sign('RSA-SHA256', Buffer.from(text), privateKey)
}

function signWithUnfitKey(draft: Draft, { random, world }: Chance): void {
  const { kid, privateKey } = random.pick(world.unfit)
  draft.header.kid = kid
  draft.sign = (text) => sign('RSA-SHA256', Buffer.from(text), privateKey)
}

/** What attackers write into headers. */
export const headerMutations: readonly Mutation[] = [
  { name: 'alg', apply: spoil('alg', algorithms) },
  { name: 'kid', apply: spoil('kid', kids) },
  { name: 'typ', apply: spoil('typ', types) },
  {
    name: 'header extension',
    apply: (draft, { random }) => Object.assign(draft.header, random.pick(extensions)),
  },
  { name: 'signed by another algorithm', apply: signAsAlgorithm },
  { name: 'HMAC with the public key', apply: signWithPublicKey },
  { name: 'key in the header', apply: bringOwnKey },
  { name: 'signed with an unfit key of the set', apply: signWithUnfitKey },
  {
    name: 'header without a member',
    apply: (draft, { random }) => void delete draft.header[random.pick(Object.keys(draft.header))],
  },
]
