import { sign } from 'node:crypto'
import type { SeededRandom } from './_seeded-random.ts'
import type { Genuine, World } from './_world.ts'

/** A part of a token that is written as JSON and then as base64url. */
export type Part = 'header' | 'claims'

type Change<T> = (value: T) => T

/**
 * A token before it is written. Each stage of writing can be changed, and those before `signature`
 * are signed with what was changed: only so do odd claims get past the signature.
 */
export interface Draft {
  header: Record<string, unknown>
  claims: Record<string, unknown>
  /** From the JSON text of a part to the bytes that are encoded. */
  json: Record<Part, Change<Buffer>>
  /** The base64url of a part. */
  segment: Record<Part, Change<string>>
  /** Signs the first two segments. */
  sign: (text: string) => Buffer
  /** The bytes of the signature. */
  signature: Change<Buffer>
  /** All segments, written. */
  segments: Change<string[]>
  /** The whole token. */
  token: Change<string>
}

/** What a mutation draws from. */
export interface Chance {
  random: SeededRandom
  world: World
}

/** One way to spoil a token. */
export interface Mutation {
  name: string
  apply(draft: Draft, chance: Chance): void
}

const same = <T>(value: T): T => value

/** The draft that becomes the genuine token again. */
export function draftOf({ header, claims, token }: Genuine, world: World): Draft {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return {
    header: structuredClone(header),
    claims: structuredClone(claims),
    json: { header: same, claims: same },
    segment: { header: same, claims: same },
    sign: (text) =>
      token.startsWith(`${text}.`)
        ? Buffer.from(signature, 'base64url')
        : sign('RSA-SHA256', Buffer.from(text), world.google.privateKey),
    signature: same,
    segments: same,
    token: same,
  }
}

/** One change after another. */
export function andThen<T>(first: Change<T>, second: Change<T>): Change<T> {
  return (value) => second(first(value))
}

/** Writes a draft down. */
export function written(draft: Draft): string {
  const first = segmentOf(draft, 'header')
  const second = segmentOf(draft, 'claims')
  const signature = draft.signature(draft.sign(`${first}.${second}`)).toString('base64url')
  return draft.token(draft.segments([first, second, signature]).join('.'))
}

function segmentOf(draft: Draft, part: Part): string {
  const bytes = draft.json[part](Buffer.from(JSON.stringify(draft[part])))
  return draft.segment[part](bytes.toString('base64url'))
}
