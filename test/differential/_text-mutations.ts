import { andThen, type Chance, type Mutation } from './_draft.ts'
import { spellings } from './_encoding-mutations.ts'

type Segments = (segments: string[], chance: Chance) => string[]

const segmentChanges: Readonly<Record<string, Segments>> = {
  swapped: ([first = '', second = '', ...rest], { random }) =>
    random.pick([
      [second, first, ...rest],
      [first, ...rest, second],
      [...rest, first, second],
    ]),
  removed: (segments, { random }) => segments.toSpliced(random.below(segments.length), 1),
  emptied: (segments, { random }) => segments.with(random.below(segments.length), ''),
  added: (segments, { random }) => {
    const extra = random.pick(['', 'e30', 'x', ...segments])
    return segments.toSpliced(random.below(segments.length + 1), 0, extra)
  },
  'of another token': (segments, { random, world }) => {
    const at = random.below(segments.length)
    return segments.with(at, random.pick(world.genuine).token.split('.')[at] ?? '')
  },
  'of a JWE': (segments) => [...segments, 'AAAA', 'AAAA'],
  'a token inside': (segments) =>
    segments.with(1, Buffer.from(segments.join('.')).toString('base64url')),
  'a token inside, as text': (segments) =>
    segments.with(1, Buffer.from(JSON.stringify(segments.join('.'))).toString('base64url')),
  're-encoded after signing': (segments, { random }) =>
    segments.map((text) => (random.happens(0.5) ? respelt(text, random) : text)),
  'member added after signing': (segments, { random }) => {
    const at = random.below(2)
    const json = Buffer.from(segments[at] ?? '', 'base64url').toString()
    return segments.with(at, Buffer.from(`${json.slice(0, -1)},"x":1}`).toString('base64url'))
  },
}

function respelt(text: string, random: Chance['random']): string {
  return random.pick(Object.values(spellings))(text, random)
}

const odd = [
  '\0',
  '\r\n',
  ',',
  ';',
  '"',
  "'",
  '.',
  '\\',
  '%00',
  '\u200b',
  ' x',
  ', Bearer x',
  '\x7f',
]

/**
 * What happens to the text of a whole token. The white space at its ends is HTTP's own, which is no
 * part of a header's value (RFC 9110 section 5.5).
 */
const textChanges: Readonly<Record<string, (token: string, chance: Chance) => string>> = {
  'white space around': (token, { random }) => `${random.pick([' ', '\t', '  '])}${token} `,
  'text before': (token, { random }) => random.pick(odd) + token,
  'text after': (token, { random }) => token + random.pick(odd),
  'text inside': (token, { random }) => {
    const at = 1 + random.below(token.length)
    return token.slice(0, at) + random.pick(odd) + token.slice(at)
  },
  'character changed': (token, { random }) => {
    const at = random.below(token.length)
    return token.slice(0, at) + random.pick([...'AZaz09-_']) + token.slice(at + 1)
  },
  'scheme twice': (token) => `Bearer ${token}`,
  quoted: (token) => `"${token}"`,
  'two with a comma': (token, { random, world }) => `${token},${random.pick(world.genuine).token}`,
  'two run together': (token, { random, world }) => token + random.pick(world.genuine).token,
  'other dots': (token, { random }) =>
    token.replaceAll('.', random.pick(['%2e', '\uff0e', '\u3002', '..', ' ', ':'])),
  'upper case': (token) => token.toUpperCase(),
  nothing: () => '',
  'the end of a genuine one': (token, { random, world }) =>
    token.slice(0, -24) + random.pick(world.genuine).token.slice(-24),
  'a genuine one, cut': (_, { random, world }) => {
    const { token } = random.pick(world.genuine)
    return token.slice(random.below(token.length))
  },
}

/** What happens to a token after it was signed. */
export const textMutations: readonly Mutation[] = [
  ...Object.entries(segmentChanges).map(
    ([name, change]): Mutation => ({
      name: `segments: ${name}`,
      apply: (draft, chance) => {
        draft.segments = andThen(draft.segments, (segments) => change(segments, chance))
      },
    }),
  ),
  ...Object.entries(textChanges).map(
    ([name, change]): Mutation => ({
      name: `text: ${name}`,
      apply: (draft, chance) => {
        draft.token = andThen(draft.token, (token) => change(token, chance))
      },
    }),
  ),
]
