import { claimMutations } from './_claim-mutations.ts'
import { type Draft, draftOf, type Mutation, written } from './_draft.ts'
import { encodingMutations } from './_encoding-mutations.ts'
import { headerMutations } from './_header-mutations.ts'
import { type SeededRandom, seededRandom } from './_seeded-random.ts'
import { signatureMutations } from './_signature-mutations.ts'
import { textMutations } from './_text-mutations.ts'
import type { World } from './_world.ts'

/** A spoilt token, and how it was spoilt. */
export interface MutatedToken {
  token: string
  /** Names, in order: they say what to look for where the token itself must not be printed. */
  mutations: string[]
}

/** Claims first: they say most about us, and each has many values. */
const families: readonly (readonly Mutation[])[] = [
  ...[claimMutations, claimMutations, claimMutations],
  ...[headerMutations, headerMutations],
  ...[encodingMutations, encodingMutations],
  signatureMutations,
  textMutations,
]

/** The names of all mutations. */
export const mutationNames: readonly string[] = [...new Set(families.flat())].map(
  ({ name }) => name,
)

/** The same token for the same seed, but for the keys, which each run makes anew. */
export function mutatedToken(seed: string, world: World): MutatedToken {
  const random = seededRandom(seed)
  const genuine = random.pick(world.genuine)
  const draft = draftOf(genuine, world)
  const mutations: string[] = []
  for (let left = howMany(random); left > 0; left -= 1) {
    const { name, apply } = random.pick(random.pick(families))
    apply(draft, { random, world })
    mutations.push(name)
  }
  if (random.happens(0.1)) mutations.push(keepSignature(draft, genuine.token))
  return { token: written(draft), mutations }
}

function howMany(random: SeededRandom): number {
  return random.pick([0, 1, 1, 1, 1, 1, 1, 1, 2, 2, 2, 3, 3, 5])
}

/** Signed before it was changed: what whoever has no key can do. */
function keepSignature(draft: Draft, token: string): string {
  draft.sign = () => Buffer.from(token.slice(token.lastIndexOf('.') + 1), 'base64url')
  return 'not signed again'
}
