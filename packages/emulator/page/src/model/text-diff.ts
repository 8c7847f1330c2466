import { diffChars } from 'diff'

/** A piece of a text, and whether the other text has it too. */
export interface Piece {
  readonly text: string
  readonly same: boolean
}

/** Two texts, cut where they differ. */
export interface TextDiff {
  readonly got: readonly Piece[]
  readonly expected: readonly Piece[]
  /** 0: nothing in common; 1: equal. */
  readonly likeness: number
}

/**
 * Where two texts differ, character by character. Texts with little in common are told apart as a
 * whole, since a letter here and there that both happen to have tells nothing.
 *
 * @param got what came
 * @param expected what was to come
 */
export function diffTexts(got: string, expected: string): TextDiff {
  const changes = diffChars(got, expected)
  const same = changes.filter((change) => !change.added && !change.removed)
  const inCommon = same.reduce((sum, { value }) => sum + value.length, 0)
  const longest = Math.max(got.length, expected.length)
  const likeness = longest === 0 ? 1 : inCommon / longest
  if (likeness < 0.5) {
    return { got: whole(got), expected: whole(expected), likeness }
  }
  return {
    got: changes.filter(({ added }) => !added).map(pieceOf),
    expected: changes.filter(({ removed }) => !removed).map(pieceOf),
    likeness,
  }
}

/**
 * What came beside each of what would have passed, the most alike first.
 *
 * @param got what came
 * @param expected each of which would have passed
 */
export function diffAgainstEach(got: string, expected: readonly string[]): readonly TextDiff[] {
  return expected
    .map((text) => diffTexts(got, text))
    .sort((one, other) => other.likeness - one.likeness)
}

function pieceOf(change: { value: string; added: boolean; removed: boolean }): Piece {
  return { text: change.value, same: !change.added && !change.removed }
}

function whole(text: string): readonly Piece[] {
  return text === '' ? [] : [{ text, same: false }]
}
