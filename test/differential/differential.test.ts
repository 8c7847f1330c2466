import type { JWTVerifyResult } from 'jose'
import { beforeAll, describe, expect, test } from 'vitest'
import { type MutatedToken, mutatedToken, mutationNames } from './_mutate.ts'
import { stricterRules } from './_stricter.ts'
import { oracle, receivers, type Verdict, verdictOf } from './_verdicts.ts'
import { createWorld, type World } from './_world.ts'

/**
 * The long run: `DIFFERENTIAL_TOKENS=100000 pnpm test test/differential`.
 * A failure names its seed: `DIFFERENTIAL_SEED=... DIFFERENTIAL_FROM=... DIFFERENTIAL_TOKENS=1`.
 */
const { DIFFERENTIAL_SEED: seed = 'countersign' } = process.env
const from = Number(process.env.DIFFERENTIAL_FROM ?? 0)
const tokens = Number(process.env.DIFFERENTIAL_TOKENS ?? 4000)
const isLongRun = tokens >= 50_000
const isShownWhole = tokens >= 4000

/** What came of a run. */
interface Tally {
  /** Tokens by what jose and we made of them. */
  outcomes: Map<string, number>
  mutations: Set<string>
  defects: string[]
}

async function run(world: World): Promise<Tally> {
  const ask = oracle(world)
  const { remembering, forgetful } = receivers(world)
  for (const { token } of world.genuine) await verdictOf(remembering, token)
  const tally: Tally = { outcomes: new Map(), mutations: new Set(), defects: [] }
  for (let index = from; index < from + tokens; index += 1) {
    const mutated = mutatedToken(`${seed}/${index}`, world)
    const { token } = mutated
    const verdict = await verdictOf(forgetful, token)
    const again = [await verdictOf(remembering, token), await verdictOf(remembering, token)]
    const jose = await ask(token)
    const isSteady = again.every((other) => isSame(other, verdict))
    const defect = isSteady ? defectOf(verdict, jose, { token, world }) : 'the cache decides'
    if (defect !== undefined) tally.defects.push(`${seed}/${index}: ${defect} (${listed(mutated)})`)
    count(tally, mutated, outcomeOf(verdict, jose))
  }
  return tally
}

/** What is wrong with a pair of verdicts, without a word of the token. */
function defectOf(
  verdict: Verdict,
  jose: JWTVerifyResult | undefined,
  context: { token: string; world: World },
): string | undefined {
  if ('accepted' in verdict) {
    if (jose === undefined) return 'accepted, though jose refuses it'
    const broken = Object.entries(stricterRules).find(([, rule]) =>
      rule.explains({ ...context, ...jose }),
    )
    if (broken !== undefined) return `accepted in spite of ${broken[0]}`
    return isSame(verdict.accepted, jose.payload) ? undefined : 'other claims than jose'
  }
  if (jose === undefined) return undefined
  const rule = stricterRules[verdict.refused]
  if (rule === undefined) return `refused with ${verdict.refused}, though jose accepts it`
  return rule.explains({ ...context, ...jose }) ? undefined : `no reason for ${verdict.refused}`
}

/** As text: claims nested 2,000 deep are too much for `isDeepStrictEqual`'s stack. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}

function outcomeOf(verdict: Verdict, jose: JWTVerifyResult | undefined): string {
  const ours = 'accepted' in verdict ? 'accepted' : verdict.refused
  return `${jose === undefined ? 'jose refuses' : 'jose accepts'}, we: ${ours}`
}

function count({ outcomes, mutations }: Tally, mutated: MutatedToken, outcome: string): void {
  outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  for (const name of mutated.mutations) mutations.add(name)
}

const listed = ({ mutations }: MutatedToken) => mutations.join(', ') || 'no mutation'

const beginsWith = (prefix: string, { outcomes }: Tally) =>
  [...outcomes].reduce((sum, [name, times]) => (name.startsWith(prefix) ? sum + times : sum), 0)

describe(`${tokens} mutated tokens, seed ${seed}`, () => {
  let tally: Tally

  beforeAll(
    async () => {
      tally = await run(createWorld())
      if (isLongRun)
        console.log(
          [...tally.outcomes]
            .sort()
            .map(([a, b]) => `${b}\t${a}`)
            .join('\n'),
        )
    },
    tokens * 20 + 20_000,
  )

  test('none is accepted that jose refuses, and each that only jose accepts has a reason', () => {
    expect(tally.defects.slice(0, 20)).toEqual([])
  })

  test.runIf(isShownWhole)('all mutations took part, and enough tokens got through', () => {
    expect([...mutationNames].filter((name) => !tally.mutations.has(name))).toEqual([])
    expect(beginsWith('jose accepts, we: accepted', tally)).toBeGreaterThan(tokens * 0.1)
    expect(beginsWith('jose refuses', tally)).toBeGreaterThan(tokens * 0.3)
  })

  test.runIf(isLongRun)('no reason for being stricter than jose is there in vain', () => {
    const seen = Object.keys(stricterRules).filter((code) =>
      tally.outcomes.has(`jose accepts, we: ${code}`),
    )
    expect(seen).toEqual(Object.keys(stricterRules))
  })
})
