import * as v from 'valibot'

// The parts that schemas are built of. A schema's message says what to write.

/** A schema that checks a value and returns it unchanged. */
export type Schema<T> = v.GenericSchema<T, T>

const objectHint = 'write an object: { "name": … }'

/** A text that matches a pattern. */
export function textLike(pattern: RegExp, hint: string): Schema<string> {
  return v.pipe(v.string(hint), v.regex(pattern, hint))
}

/** One of a few words. The compiler reports a word of `T` that is missing. */
export function oneOf<T extends string>(words: Record<T, true>): Schema<T> {
  const known = Object.keys(words) as T[]
  const hint = `write one of ${quotedList(known)}`
  return v.picklist(known, ({ input }) => `${hint}${didYouMean(input, known)}`)
}

/** A schema for each key of an object. The compiler reports a missing key, also an optional one. */
export type Fields<T> = Record<keyof T, v.GenericSchema>

/** An object of known keys. All unknown keys are reported at once; valibot would stop at the first. */
export function objectOf<const E extends v.ObjectEntries>(
  entries: E,
): Schema<v.InferInput<v.StrictObjectSchema<E, undefined>>> {
  const known = Object.keys(entries)
  const object = v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return unknownKeysHint(issue.path?.[0]?.input, known)
    return issue.received === 'undefined' ? `write ${issue.expected}` : objectHint
  })
  return v.pipe(noList<v.InferInput<typeof object>>(), object)
}

function unknownKeysHint(object: unknown, known: readonly string[]): string {
  const unknown = Object.keys(object as object).filter((key) => !known.includes(key))
  const [first, ...others] = unknown.map((key) => ({ key, guess: didYouMean(key, known) }))
  const more = others.map(({ key, guess }) => `; also unknown: "${key}"${guess}`).join('')
  return `write one of ${quotedList(known)}${first?.guess}${more}`
}

/** An object whose keys are names. */
export function recordOf<T>(name: Schema<string>, value: Schema<T>): Schema<Record<string, T>> {
  return v.pipe(noList<Record<string, T>>(), v.record(name, value, objectHint))
}

/** Refuses a list, which valibot takes for an object. */
function noList<T>(): v.GenericSchema<T, T> {
  return v.custom<T>((input) => !Array.isArray(input), objectHint)
}

/** A list that isn't empty: some readers take an empty list for "nothing", others for "anything". */
export function listOf<T>(item: Schema<T>): Schema<T[]> {
  const hint = 'write a list with at least one element, or leave it out'
  return v.pipe(v.array(item, hint), v.minLength(1, hint))
}

/** A list in which no value is repeated. */
export function distinctListOf<T>(item: Schema<T>): Schema<T[]> {
  return v.pipe(
    listOf(item),
    v.checkItems((value, index, list) => list.indexOf(value) === index, 'write each value once'),
    v.metadata({ uniqueItems: true }),
  )
}

/** A key that can be left out; the description is for editors. */
export function optional<T>(
  schema: Schema<T>,
  description: string,
): v.ExactOptionalSchema<Schema<T>, undefined> {
  return v.exactOptional(described(schema, description))
}

/** A value with a description for editors. */
export function described<T>(schema: Schema<T>, description: string): Schema<T> {
  return v.pipe(schema, v.description(description))
}

/** ` (did you mean "calls"?)`, or an empty text if no known word is similar. */
export function didYouMean(got: unknown, known: readonly string[]): string {
  const nearest = typeof got === 'string' ? nearestOf(got, known) : undefined
  return nearest === undefined ? '' : ` (did you mean "${nearest}"?)`
}

/** The known word with the fewest edits to `got`, but at most a third of its letters plus one. */
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

/** Words as a quoted list: `"login", "search"`. */
export function quotedList(words: Iterable<string>): string {
  return [...words].map((word) => JSON.stringify(word)).join(', ') || 'none'
}
