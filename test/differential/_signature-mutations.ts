import { constants, createHash, privateEncrypt, sign } from 'node:crypto'
import { andThen, type Chance, type Draft, type Mutation } from './_draft.ts'
import { flipped, spellings } from './_encoding-mutations.ts'

/** RFC 8017 section 9.2: what stands before a SHA-256 hash, and what careless verifiers also take. */
const digestInfos = [
  '3031300d060960864801650304020105000420', // As it should be.
  '302f300b0609608648016503040201' + '0420', // Without the NULL.
  '3021300906052b0e03021a05000414', // SHA-1's.
  '', // The bare hash.
]

/** Signs by hand, so that the padding can be wrong where OpenSSL would never write it. */
function paddedByHand(text: string, { random, world }: Chance): Buffer {
  const hash = createHash('sha256').update(text).digest()
  const info = Buffer.from(random.pick(digestInfos), 'hex')
  const garbage = Buffer.alloc(random.pick([0, 0, 1, 100]), random.below(256))
  const rest = 256 - 3 - info.length - hash.length - garbage.length
  const [zero, type, fill] = random.pick([
    [0, 1, 0xff],
    [0, 1, 0xff],
    [0, 2, 0xff],
    [0, 0, 0x00],
    [0, 1, 0xfe],
  ] as const)
  const padding = Buffer.from([zero, type, ...Array<number>(rest).fill(fill), 0])
  const message = Buffer.concat(
    random.happens(0.5) ? [padding, info, hash, garbage] : [padding, garbage, info, hash],
  )
  return privateEncrypt(
    { key: world.google.privateKey, padding: constants.RSA_NO_PADDING },
    message,
  )
}

/** The signature plus the modulus: the same number to whoever reduces it first. */
function plusModulus(bytes: Buffer, { world }: Chance): Buffer {
  const modulus = BigInt(`0x${Buffer.from(`${world.google.jwk.n}`, 'base64url').toString('hex')}`)
  const sum = (BigInt(`0x${bytes.toString('hex') || '0'}`) + modulus).toString(16)
  return Buffer.from(sum.padStart(Math.max(512, sum.length + (sum.length % 2)), '0'), 'hex')
}

const byteChanges: Readonly<Record<string, (bytes: Buffer, chance: Chance) => Buffer>> = {
  'bit flipped': (bytes, { random }) => flipped(bytes, random),
  'cut short': (bytes, { random }) => bytes.subarray(0, random.below(bytes.length)),
  'first byte gone': (bytes) => bytes.subarray(1),
  'byte added': (bytes, { random }) => Buffer.concat([bytes, Buffer.from([random.below(256)])]),
  'zero in front': (bytes) => Buffer.concat([Buffer.from([0]), bytes]),
  twice: (bytes) => Buffer.concat([bytes, bytes]),
  reversed: (bytes) => Buffer.from(bytes).reverse(),
  'plus the modulus': plusModulus,
  constant: (bytes, { random }) => Buffer.alloc(bytes.length, random.pick([0, 1, 0xff])),
  empty: () => Buffer.alloc(0),
  huge: (bytes) => Buffer.concat([bytes, Buffer.alloc(100_000)]),
}

type Signer = (text: string, chance: Chance) => Buffer

const signers: Readonly<Record<string, Signer>> = {
  'of another key': (text, { world }) =>
    sign('RSA-SHA256', Buffer.from(text), world.stranger.privateKey),
  'of another digest': (text, { random, world }) =>
    sign(`RSA-${random.pick(['SHA1', 'SHA384', 'SHA512', 'MD5'])}`, Buffer.from(text), {
      key: world.google.privateKey,
    }),
  'of the header alone': (text, { world }) =>
    sign('RSA-SHA256', Buffer.from(text.split('.')[0] as string), world.google.privateKey),
  'of what is encoded': (text, { world }) =>
    sign('RSA-SHA256', Buffer.from(text, 'base64url'), world.google.privateKey),
  'of another token': (_, { random, world }) =>
    Buffer.from(random.pick(world.genuine).token.split('.')[2] as string, 'base64url'),
  'padded by hand': paddedByHand,
}

function respell(draft: Draft, { random }: Chance): void {
  const change = random.pick(Object.values(spellings))
  draft.segments = andThen(draft.segments, (segments) =>
    segments.map((text, index) => (index === 2 ? change(text, random) : text)),
  )
}

/** Signatures that are wrong, or right and spelt in another way. */
export const signatureMutations: readonly Mutation[] = [
  ...Object.entries(byteChanges).map(
    ([name, change]): Mutation => ({
      name: `signature: ${name}`,
      apply: (draft, chance) => {
        draft.signature = andThen(draft.signature, (bytes) => change(bytes, chance))
      },
    }),
  ),
  ...Object.entries(signers).map(
    ([name, signer]): Mutation => ({
      name: `signature ${name}`,
      apply: (draft, chance) => {
        draft.sign = (text) => signer(text, chance)
      },
    }),
  ),
  { name: 'signature: spelt otherwise', apply: respell },
  {
    name: 'signature: removed by Google',
    apply: (draft) => {
      draft.segments = andThen(draft.segments, (all) => [
        ...all.slice(0, 2),
        'SIGNATURE_REMOVED_BY_GOOGLE',
      ])
    },
  },
]
