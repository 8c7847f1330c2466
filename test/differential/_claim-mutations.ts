import type { Chance, Mutation } from './_draft.ts'
import type { SeededRandom } from './_seeded-random.ts'

const names = ['iss', 'aud', 'azp', 'sub', 'email', 'email_verified', 'iat', 'exp', 'nbf', 'jti']
const times = ['iat', 'exp', 'nbf']

/** Values of a wrong type, or of the right one and absurd. */
const oddValues: readonly unknown[] = [
  ...[undefined, null, true, false, '', ' ', '\0', 'true', 'null', '0', '[object Object]'],
  ...[0, -0, -1, 1, 0.5, -1.5, 1e21, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 53)],
  ...[[], {}, [[]], [null], [{}], { length: 1 }, { toString: 'x' }, { valueOf: 1 }, { $ne: null }],
  ...['\u202e', '\ud800', 'ｅｘａｍｐｌｅ', '\ufeff', '🂡'.repeat(300), 'x'.repeat(3000)],
]

/** What a genuine text becomes: near enough that a careless comparison takes it. */
const texts: readonly ((text: string, random: SeededRandom) => unknown)[] = [
  (text) => [text],
  (text) => [text, 'https://other.example'],
  (text) => ['https://other.example', text],
  (text) => ({ 0: text }),
  (text) => text.toUpperCase(),
  (text) => `${text}/`,
  (text) => `${text} `,
  (text) => ` ${text}`,
  (text) => `${text}\0`,
  (text) => `${text}\n`,
  (text) => `${text}\u200b`,
  (text) => `${text}.attacker.example`,
  (text) => `${text}@attacker.example`,
  (text) => `attacker@${text}`,
  (text) => `${text},${text}`,
  (text) => text.slice(0, -1),
  (text) => text.slice(1),
  (text) => text.replace('a', '\u0430'),
  (text) => text.replace('.', '%2e'),
  (text) => text.replace('https', 'http'),
  (text, random) => text.slice(0, random.below(text.length)),
]

const emails: readonly unknown[] = [
  'attacker@evil.iam.gserviceaccount.com',
  'Login@acme.iam.gserviceaccount.com',
  'login@acme-iam.gserviceaccount.com',
  'login@acme.iam.gserviceaccount.com.evil.example',
  'login@evil.example@acme.iam.gserviceaccount.com',
  'login@gserviceaccount.com',
  'login@evilgserviceaccount.com',
  'login@аcme.iam.gserviceaccount.com',
  'human@gmail.com',
  'human@acme.example',
  '@acme.iam.gserviceaccount.com',
  'gserviceaccount.com',
  ['login@acme.iam.gserviceaccount.com'],
]

/** Seconds around which checks of time turn: the tolerance, the hour, and one more either way. */
const edges = [0, 1, 29, 30, 31, 60, 3569, 3570, 3571, 3599, 3600, 3601, 3630, 3631, 86_400]
const fractions = [0, 0, 0, 0.5, -0.5, 0.001, 1e-7]

function timeNear(now: number, random: SeededRandom): unknown {
  const time = now + random.pick(edges) * random.pick([1, -1]) + random.pick(fractions)
  const forms = [time, time, time, time, time, time, `${time}`, [time], time * 1000]
  return random.pick(forms)
}

function moveTimes(draft: { claims: Record<string, unknown> }, { random, world }: Chance): void {
  for (const name of times) {
    if (random.happens(0.5)) draft.claims[name] = timeNear(world.now, random)
  }
}

/** Issued at any time, with a lifetime near an hour. */
function moveLifetime(draft: { claims: Record<string, unknown> }, { random, world }: Chance): void {
  const iat = world.now + random.pick([30, 0, -1, -60, -3600, -3630, -(10 ** 9)])
  draft.claims.iat = iat
  draft.claims.exp = iat + random.pick([...edges, 10 ** 9]) + random.pick(fractions)
}

/** What attackers write into claims, and what careless issuers do. */
export const claimMutations: readonly Mutation[] = [
  {
    name: 'odd claim',
    apply: (draft, { random }) => {
      draft.claims[random.pick(names)] = random.pick(oddValues)
    },
  },
  {
    name: 'claim missing',
    apply: (draft, { random }) => void delete draft.claims[random.pick(names)],
  },
  {
    name: 'text nearly right',
    apply: (draft, { random }) => {
      const name = random.pick(['iss', 'aud', 'sub', 'email'])
      const text = draft.claims[name]
      if (typeof text === 'string') draft.claims[name] = random.pick(texts)(text, random)
    },
  },
  {
    name: 'another email',
    apply: (draft, { random }) => {
      draft.claims.email = random.pick(emails)
    },
  },
  {
    name: 'email not verified',
    apply: (draft, { random }) => {
      draft.claims.email_verified = random.pick([false, 'true', 1, null, [true], undefined])
    },
  },
  { name: 'times near an edge', apply: moveTimes },
  { name: 'lifetime', apply: moveLifetime },
  {
    name: 'harmless claim',
    apply: (draft, { random }) => {
      draft.claims[random.pick(['hd', 'google', 'nonce', 'a.b', ''])] = random.pick(oddValues)
    },
  },
]
