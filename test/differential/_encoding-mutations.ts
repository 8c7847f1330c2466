import { andThen, type Draft, type Mutation, type Part } from './_draft.ts'
import type { SeededRandom } from './_seeded-random.ts'

type TextChange = (text: string, random: SeededRandom) => string

const insertions = [
  ...[' ', '\t', '\n', '\r\n', '\0', '=', '==', '%3D', '+', '/', '-', '_', '~', '.'],
  ...['A', 'é', 'ſ', '\ufeff', '\u200b', '\u00a0'],
]

/** JSON that says more than it seems, or is none. */
const jsonChanges: Readonly<Record<string, TextChange>> = {
  'member twice, ours last': (text, random) => `{${odd(random)},${text.slice(1)}`,
  'member twice, theirs last': (text, random) => `${text.slice(0, -1)},${odd(random)}}`,
  'name escaped': (text) => text.replace(/"([a-z])/, (_, char) => `"${escaped(char)}`),
  'text escaped': (text) => text.replace(/:"(.)/, (_, char) => `:"${escaped(char)}`),
  'byte order mark': (text) => `\ufeff${text}`,
  'white space around': (text, random) => ` \n${text}${random.pick(['\t', '\r\n', ' '])}`,
  'white space that JSON lacks': (text, random) => `${random.pick(['\u00a0', '\f', '\v'])}${text}`,
  'NUL at the end': (text) => `${text}\0`,
  'raw NUL in a text': (text) => text.replace(':"', ':"\0'),
  'escaped NUL in a text': (text) => text.replace(':"', ':"\\u0000'),
  'text after the object': (text, random) => text + random.pick(['}', ',', '{}', '//', 'x', text]),
  'comma at the end': (text) => text.replace('}', ',}'),
  'single quotes': (text) => text.replaceAll('"', "'"),
  'cut short': (text, random) => text.slice(0, random.below(text.length)),
  'in an array': (text) => `[${text}]`,
  'as a text': (text) => JSON.stringify(text),
  'a scalar': (_, random) => random.pick(['null', 'true', '0', '""', '[]', '']),
  'an empty object': () => '{}',
  __proto__: (text, random) => `${text.slice(0, -1)},"__proto__":{${odd(random)}}}`,
  'in __proto__ alone': (text) => `{"__proto__":${text}}`,
  'deep arrays': (text, random) => withMember(text, nested('[', ']', random)),
  'deep objects': (text, random) => withMember(text, nested('{"a":', '}', random)),
  'number beyond doubles': (text, random) =>
    text.replace(/"(exp|iat|nbf)":[\d.]+/, (_, name) => `"${name}":${random.pick(numbers)}`),
  'near the size limit': (text, random) =>
    withMember(text, `"${'x'.repeat(4500 + random.below(1000))}"`),
  'far over the size limit': (text) => withMember(text, `"${'x'.repeat(200_000)}"`),
}

const numbers = [
  '1e999',
  '-1e999',
  '1.7e9',
  '1700000060.0',
  '01',
  '+1',
  '0x7',
  'NaN',
  '1e-400',
  '-0',
]

const members = [
  ...['"alg":"none"', '"alg":"RS256"', '"kid":"x"', '"kid":"google-1"', '"crit":["b64"]'],
  ...['"email":"attacker@evil.iam.gserviceaccount.com"', '"email_verified":false', '"sub":"2"'],
  ...['"aud":"https://other.example"', '"exp":9999999999', '"exp":1700003000', '"iat":1'],
  ...['"iss":"https://evil.example"', '"iss":"accounts.google.com"'],
]

const odd = (random: SeededRandom) => random.pick(members)

const escaped = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`

const withMember = (text: string, json: string) => `${text.slice(0, -1)},"x":${json}}`

function nested(open: string, close: string, random: SeededRandom): string {
  const depth = random.pick([2, 100, 1000, 2000, 20_000])
  return `${open.repeat(depth)}1${close.repeat(depth)}`
}

/** Bytes that a lenient decoder makes texts of. */
const byteChanges: Readonly<Record<string, (bytes: Buffer, random: SeededRandom) => Buffer>> = {
  'invalid UTF-8': (bytes, random) =>
    spliced(bytes, random, random.pick([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82]])),
  'UTF-16': (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
  'UTF-16 with its mark': (bytes) => Buffer.from(`\ufeff${bytes}`, 'utf16le'),
  'bit flipped in JSON': (bytes, random) => flipped(bytes, random),
}

function spliced(bytes: Buffer, random: SeededRandom, extra: number[]): Buffer {
  const at = random.below(bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(extra), bytes.subarray(at)])
}

/** The same bytes with one bit turned. */
export function flipped(bytes: Buffer, random: SeededRandom): Buffer {
  const copy = Buffer.from(bytes)
  if (copy.length === 0) return copy
  const at = random.below(copy.length)
  copy.writeUInt8(copy.readUInt8(at) ^ (1 << random.below(8)), at)
  return copy
}

/** Other spellings of base64url, some of which stand for the same bytes. */
export const spellings: Readonly<Record<string, TextChange>> = {
  padded: (text) => text.padEnd(Math.ceil(text.length / 4) * 4 + (text.length % 4 ? 0 : 4), '='),
  'stray bits': (text, random) => text.slice(0, -1) + random.pick([...'ABCDEFGHxyz0189-_']),
  'character inserted': (text, random) => {
    const at = random.below(text.length + 1)
    return text.slice(0, at) + random.pick(insertions) + text.slice(at)
  },
  "base64's own alphabet": (text) => text.replaceAll('-', '+').replaceAll('_', '/'),
  'last character gone': (text) => text.slice(0, -1),
  'percent-encoded': (text) =>
    text.replace(/[A-Z]/, (char) => `%${char.charCodeAt(0).toString(16)}`),
  'in hexadecimal': (text) => Buffer.from(text, 'base64url').toString('hex'),
  'encoded twice': (text) => Buffer.from(text).toString('base64url'),
  'another case': (text, random) =>
    random.pick([text.toLowerCase(), text.toUpperCase(), text.replace(/[a-z]/, upper)]),
}

const upper = (char: string) => char.toUpperCase()

const anyPart = (random: SeededRandom): Part => random.pick(['header', 'claims'])

function changeBytes(draft: Draft, part: Part, change: (bytes: Buffer) => Buffer): void {
  draft.json[part] = andThen(draft.json[part], change)
}

/** What parsers read differently. All of it is signed as it stands. */
export const encodingMutations: readonly Mutation[] = [
  ...Object.entries(jsonChanges).map(
    ([name, change]): Mutation => ({
      name: `JSON: ${name}`,
      apply: (draft, { random }) =>
        changeBytes(draft, anyPart(random), (bytes) =>
          Buffer.from(change(bytes.toString(), random)),
        ),
    }),
  ),
  ...Object.entries(byteChanges).map(
    ([name, change]): Mutation => ({
      name: `bytes: ${name}`,
      apply: (draft, { random }) =>
        changeBytes(draft, anyPart(random), (bytes) => change(bytes, random)),
    }),
  ),
  ...Object.entries(spellings).map(
    ([name, change]): Mutation => ({
      name: `base64url: ${name}`,
      apply: (draft, { random }) => {
        const part = anyPart(random)
        draft.segment[part] = andThen(draft.segment[part], (text) => change(text, random))
      },
    }),
  ),
]
