/** ` (did you mean "calls"?)`, or nothing where no known word is near. */
export function didYouMean(got: unknown, known: readonly string[]): string {
  const nearest = typeof got === 'string' ? nearestOf(got, known) : undefined
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`
}

/** The known word with the fewest edits to `got`, of at most a third of its letters and one more. */
function nearestOf(got: string, known: readonly string[]): string | undefined {
  const limit = Math.min(Math.floor(got.length / 3) + 1, got.length - 1)
  const [nearest] = known
    .map((word) => ({ word, edits: editDistance(got.toLowerCase(), word.toLowerCase()) }))
    .filter(({ edits }) => edits <= limit)
    .sort((a, b) => a.edits - b.edits)
  return nearest?.word
}

/** Levenshtein's distance, one row of its table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (const [index, letter] of [...a].entries()) row = nextRow(row, { letter, index, b })
  return row[b.length] as number
}

function nextRow(above: number[], at: { letter: string; index: number; b: string }): number[] {
  const row = [at.index + 1]
  for (let column = 1; column <= at.b.length; column += 1) {
    const replaced = (above[column - 1] as number) + (at.letter === at.b[column - 1] ? 0 : 1)
    row.push(Math.min(replaced, (above[column] as number) + 1, (row[column - 1] as number) + 1))
  }
  return row
}

/** Words as a reader takes them in: `"login", "search"`. */
export function quotedList(words: Iterable<string>): string {
  return [...words].map((word) => JSON.stringify(word)).join(', ') || 'none'
}
