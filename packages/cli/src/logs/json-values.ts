/** What a log file holds: a value, or something that can't be read. */
export type Read = { value: unknown } | { problem: 'not JSON' | 'too long' | 'cut off' }

/** Cloud Logging takes no entry above 256 KB. A longer one is skipped, without being kept. */
const maxEntryBytes = 1024 * 1024

/**
 * Reads the JSON objects of a file, one at a time: a list, as `gcloud logging read --format=json` prints
 * it, or objects on lines. Holds one entry at a time in memory. What can't be read is reported, and
 * everything after it is still read.
 */
export async function* jsonValues(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Read> {
  const state = newState()
  for await (const chunk of chunks) {
    split(chunk, state)
    yield* state.found.splice(0)
  }
  if (state.depth > 0) yield { problem: 'cut off' }
  else if (state.isJunk) yield { problem: 'not JSON' }
}

/** What is known between two bytes. */
interface State {
  /** Values that were read, and not yet handed on. */
  found: Read[]
  /** The bytes of the entry so far, from earlier chunks. */
  parts: Uint8Array[]
  length: number
  /** Where the entry begins, or goes on, in this chunk. */
  start: number
  depth: number
  inString: boolean
  isEscaped: boolean
  /** Whether the line has something that is no entry. */
  isJunk: boolean
  /** The spaces that the line begins with; -1 after anything else. */
  margin: number
}

function newState(): State {
  const entry = { parts: [], length: 0, start: 0, depth: 0, inString: false, isEscaped: false }
  return { found: [], ...entry, isJunk: false, margin: 0 }
}

const newline = 10
const quote = 34
const backslash = 92
const open = 123
const close = 125

/** Cuts a chunk at the ends of entries. */
function split(chunk: Uint8Array, state: State): void {
  state.start = 0
  for (let at = 0; at < chunk.length; at += 1) {
    const byte = chunk[at] as number
    if (state.inString) readText(byte, state)
    else if (byte === newline) endLine(state)
    else readMark(byte, { chunk, at, state })
  }
  if (state.depth > 0) keep(chunk.slice(state.start), state)
}

/** A string of JSON has no line break: an entry with one is broken, and ends there. */
function readText(byte: number, state: State): void {
  if (byte === newline) drop('not JSON', state)
  else if (state.isEscaped) state.isEscaped = false
  else if (byte === backslash) state.isEscaped = true
  else if (byte === quote) state.inString = false
}

function endLine(state: State): void {
  if (state.isJunk) state.found.push({ problem: 'not JSON' })
  state.isJunk = false
  state.margin = 0
}

interface Position {
  chunk: Uint8Array
  at: number
  state: State
}

function readMark(byte: number, position: Position): void {
  const { state } = position
  if (byte === open) openBrace(position)
  else if (state.depth > 0) readInside(byte, position)
  else if (!isBetween(byte)) state.isJunk = true
  state.margin = byte === 32 && state.margin >= 0 ? state.margin + 1 : -1
}

function openBrace(position: Position): void {
  const { state, at } = position
  if (state.depth > 0 && isNewEntry(position)) drop('cut off', state)
  if (state.depth === 0) {
    state.start = at
    state.isJunk = false
  }
  state.depth += 1
}

function readInside(byte: number, { chunk, at, state }: Position): void {
  if (byte === quote) state.inString = true
  if (byte !== close) return
  state.depth -= 1
  if (state.depth > 0) return
  keep(chunk.subarray(state.start, at + 1), state)
  state.found.push(parsed(state))
  reset(state)
}

/**
 * Whether a brace inside an entry is the begin of another one, so that the entry before it was cut off: at
 * the begin of a line, or, as gcloud writes it, alone on a line after two spaces.
 */
function isNewEntry({ chunk, at, state: { margin } }: Position): boolean {
  const isAlone = chunk[at + 1] === newline
  return margin === 0 ? !isAlone : margin === 2 && isAlone
}

function keep(bytes: Uint8Array, state: State): void {
  state.length += bytes.length
  if (state.length <= maxEntryBytes) state.parts.push(bytes)
  else state.parts = []
}

function parsed({ parts, length }: State): Read {
  if (length > maxEntryBytes) return { problem: 'too long' }
  try {
    return { value: JSON.parse(Buffer.concat(parts).toString('utf8')) }
  } catch {
    return { problem: 'not JSON' }
  }
}

function drop(problem: 'not JSON' | 'cut off', state: State): void {
  state.found.push({ problem })
  reset(state)
}

function reset(state: State): void {
  state.parts = []
  state.length = 0
  state.depth = 0
  state.inString = false
  state.isEscaped = false
}

/** White space, what stands between the entries of a list, and a byte order mark. */
function isBetween(byte: number): boolean {
  return between.has(byte)
}

const between: ReadonlySet<number> = new Set([32, 9, 13, 91, 93, 44, 0xef, 0xbb, 0xbf])
