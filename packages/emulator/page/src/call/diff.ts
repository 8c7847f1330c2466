import type { HeaderList } from '@countersign/emulator'
import { diffChars } from 'diff'

/** Part of a text, and whether the other text has the same part. */
export interface Piece {
  text: string
  same: boolean
}

/** Two texts, split where they differ. */
interface TextDiff {
  got: readonly Piece[]
  expected: readonly Piece[]
  /** 0: nothing in common; 1: equal. */
  likeness: number
}

/** Compares the received text with each accepted one; the most similar comes first. */
export function diffAgainstEach(got: string, expected: readonly string[]): readonly TextDiff[] {
  return expected
    .map((text) => diffTexts(got, text))
    .sort((one, other) => other.likeness - one.likeness)
}

/**
 * Compares two texts character by character. Texts with little in common are marked as a whole,
 * since single letters that match by chance say nothing.
 */
export function diffTexts(got: string, expected: string): TextDiff {
  const changes = diffChars(got, expected)
  const same = changes.filter(isSame)
  const inCommon = same.reduce((sum, { value }) => sum + value.length, 0)
  const longest = Math.max(got.length, expected.length)
  const likeness = longest === 0 ? 1 : inCommon / longest
  if (likeness < 0.5) return { got: different(got), expected: different(expected), likeness }
  const whole = changes.flatMap((change, index) =>
    index > 0 && index < changes.length - 1 ? withoutChanceMatches(change) : [change],
  )
  return {
    got: piecesOf(whole.filter(({ added }) => !added)),
    expected: piecesOf(whole.filter(({ removed }) => !removed)),
    likeness,
  }
}

interface Change {
  value: string
  added: boolean
  removed: boolean
}

/** Between two differences, matches of one or two letters are chance and count as different. */
const maxChanceMatch = 2

function withoutChanceMatches(change: Change): readonly Change[] {
  if (!isSame(change) || change.value.length > maxChanceMatch) return [change]
  return [
    { ...change, removed: true },
    { ...change, added: true },
  ]
}

function isSame({ added, removed }: Change): boolean {
  return !added && !removed
}

/** Joins adjacent parts that both differ or both match. */
function piecesOf(changes: readonly Change[]): readonly Piece[] {
  const pieces: Piece[] = []
  for (const change of changes) {
    const same = isSame(change)
    const before = pieces.at(-1)?.same === same ? pieces.pop() : undefined
    pieces.push({ text: (before?.text ?? '') + change.value, same })
  }
  return pieces
}

function different(text: string): readonly Piece[] {
  return text === '' ? [] : [{ text, same: false }]
}

/** A header before and after the front door. */
export interface HeaderChange {
  name: string
  before?: string
  after?: string
  change: 'same' | 'added' | 'removed' | 'changed'
}

/**
 * Compares the headers before and after the front door: first the original ones in their order,
 * then the new ones. Headers that were sent twice are paired in their order.
 */
export function diffHeaders(before: HeaderList, after: HeaderList): readonly HeaderChange[] {
  const left = [...after]
  const kept = before.map(([name, value]) => {
    const at = left.findIndex(([other]) => other === name)
    const [found] = at < 0 ? [] : left.splice(at, 1)
    return changeOf(name, value, found?.[1])
  })
  return [...kept, ...left.map(([name, value]) => changeOf(name, undefined, value))]
}

function changeOf(name: string, before?: string, after?: string): HeaderChange {
  if (before === undefined) return { name, after: after ?? '', change: 'added' }
  if (after === undefined) return { name, before, change: 'removed' }
  return { name, before, after, change: before === after ? 'same' : 'changed' }
}
