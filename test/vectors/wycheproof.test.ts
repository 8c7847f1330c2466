import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isBase64url, parseJws } from '../../packages/receiver/src/call/jws.ts'
import {
  asksForRs256,
  isSignatureValid,
  kidOf,
} from '../../packages/receiver/src/call/verify-token.ts'
import {
  importKeySet,
  isRocaModulus,
  type KeySet,
} from '../../packages/receiver/src/keys/key-set.ts'

/** The part of Wycheproof's files that is read here. */
interface VectorFile {
  testGroups: VectorGroup[]
}

interface VectorGroup {
  comment: string
  public?: Record<string, unknown>
  private?: Record<string, unknown>
  tests: Vector[]
}

interface Vector {
  tcId: number
  comment: string
  /** Compact, but for the few that are JSON serializations. */
  jws: unknown
  result: 'valid' | 'invalid'
}

const folder = process.env.WYCHEPROOF_DIR
const isThere = folder !== undefined && existsSync(join(folder, 'json_web_signature.json'))

function groupsOf(file: string): VectorGroup[] {
  const { testGroups } = JSON.parse(
    readFileSync(join(folder as string, file), 'utf8'),
  ) as VectorFile
  return testGroups
}

/** A group's keys that a receiver would import; `undefined` where it would import none. */
function importedKeys(group: VectorGroup): KeySet | undefined {
  const published = group.public ?? group.private ?? {}
  try {
    return importKeySet('keys' in published ? published : { keys: [published] })
  } catch {
    return undefined
  }
}

/**
 * The receiver's own parts, put together as `verifyToken` does. Vectors sign texts such as `foo`
 * where an ID token has claims, so an empty object stands in while the token is taken apart.
 */
function isAccepted(text: unknown, keys: KeySet): boolean {
  if (typeof text !== 'string') return false
  const [header, payload = '', ...rest] = text.split('.')
  const jws = parseJws([header, 'e30', ...rest].join('.'))
  if (jws === undefined || !isBase64url(payload)) return false
  if (jws.isSignatureRemoved || !asksForRs256(jws.header)) return false
  const key = keys.get(kidOf(jws.header) ?? '')
  return key !== undefined && isSignatureValid({ ...jws, signedText: `${header}.${payload}` }, key)
}

/** Told apart by what a receiver would do with the group's keys. */
function sorted(groups: readonly VectorGroup[]) {
  const all = groups.map((group) => ({ group, keys: importedKeys(group) }))
  return {
    vectors: all.flatMap(({ group, keys }) =>
      keys === undefined ? [] : group.tests.map((vector) => ({ group, vector, keys })),
    ),
    passedOver: all.flatMap(({ group, keys }) => (keys === undefined ? [group] : [])),
  }
}

const publishedKeys = ({ public: published, private: secret }: VectorGroup) => {
  const one = published ?? secret ?? {}
  return (Array.isArray(one.keys) ? one.keys : [one]) as Record<string, unknown>[]
}

/** Why a key can't be used, in the words of DESIGN: not RSA, not for RS256, or weak. */
function reasonAgainst(key: Record<string, unknown>): string | undefined {
  const { kty, use, alg, key_ops: operations, n, e } = key
  if (kty !== 'RSA') return 'kty'
  if (alg !== undefined && alg !== 'RS256') return 'alg'
  if (use !== undefined && use !== 'sig') return 'use'
  if (Array.isArray(operations) && !operations.includes('verify')) return 'key_ops'
  if (Buffer.from(`${n}`, 'base64url').length < 256) return 'modulus'
  if (e !== 'AQAB') return 'exponent'
  return isRocaModulus(`${n}`) ? 'roca' : undefined
}

describe.runIf(isThere)('Wycheproof', () => {
  const files = ['json_web_signature.json', 'json_web_key.json']
  const { vectors, passedOver } = sorted(isThere ? files.flatMap(groupsOf) : [])
  const titlesOf = (some: typeof vectors) =>
    some.map(({ group, vector }) => `${group.comment} ${vector.tcId} ${vector.comment}`)

  test('every valid signature is accepted, if its key would be imported', () => {
    const valid = vectors.filter(({ vector }) => vector.result === 'valid')
    expect(valid).toHaveLength(9)
    expect(titlesOf(valid.filter(({ vector, keys }) => !isAccepted(vector.jws, keys)))).toEqual([])
  })

  test('every invalid one is refused', () => {
    const invalid = vectors.filter(({ vector }) => vector.result === 'invalid')
    expect(invalid).toHaveLength(225)
    expect(titlesOf(invalid.filter(({ vector, keys }) => isAccepted(vector.jws, keys)))).toEqual([])
  })

  test('only keys are passed over that are not for RS256, or weak', () => {
    const reasons = passedOver.flatMap(publishedKeys).map(reasonAgainst)
    expect(new Set(reasons)).toEqual(
      new Set(['kty', 'alg', 'use', 'key_ops', 'modulus', 'exponent', 'roca']),
    )
    expect(passedOver).toHaveLength(43)
  })

  test('a key that does not say what it is for checks no other algorithm than RS256', () => {
    const verdicts = passedOver.flatMap((group) =>
      publishedKeys(group)
        .filter((key) => reasonAgainst(key) === 'alg' && key.n !== undefined)
        .flatMap(({ kty, n, e, kid }) => {
          const keys = importKeySet({ keys: [{ kty, n, e, kid }] })
          const others = group.tests.filter(({ jws }) => algorithmOf(jws) !== 'RS256')
          return others.map(({ jws }) => isAccepted(jws, keys))
        }),
    )
    expect(verdicts.length).toBeGreaterThan(80)
    expect(verdicts).not.toContain(true)
  })
})

function algorithmOf(jws: unknown): unknown {
  const header = Buffer.from(`${jws}`.split('.')[0] as string, 'base64url').toString()
  return header.startsWith('{') ? JSON.parse(header).alg : undefined
}
