/** What a condition can ask about. */
export interface ConditionContext {
  /** Milliseconds since the epoch. */
  time: number
  resource: {
    /** Such as `projects/acme/locations/us-central1/services/login`. */
    name: string
    /** Such as `run.googleapis.com/Service`. */
    type: string
    /** Such as `run.googleapis.com`. */
    service: string
  }
}

/**
 * Whether a condition is met. Of CEL it knows comparisons of `request.time` with `timestamp("…")`,
 * of `resource.name`, `resource.type` and `resource.service` with texts, `startsWith` and `endsWith`
 * of these, `&&`, `||`, `!`, parentheses, `true` and `false`.
 *
 * @returns undefined if the expression has anything else
 *
 * @see https://cloud.google.com/iam/docs/conditions-overview
 */
export function isMet(expression: string, context: ConditionContext): boolean | undefined {
  const tokens = tokensOf(expression)
  if (!tokens) return undefined
  const reader: Reader = { tokens, context, next: 0, depth: 0 }
  const value = either(reader)
  return reader.next === tokens.length ? value : undefined
}

interface Reader {
  tokens: readonly string[]
  context: ConditionContext
  next: number
  depth: number
}

const maxLength = 4_000
const maxDepth = 20

const token = /\s*(&&|\|\||[<>=!]=|[<>!()]|"[^"\\]*"|'[^'\\]*'|[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)\s*/y

function tokensOf(expression: string): readonly string[] | undefined {
  if (expression.length > maxLength) return undefined
  const tokens: string[] = []
  token.lastIndex = 0
  while (token.lastIndex < expression.length) {
    const [, found] = token.exec(expression) ?? []
    if (found === undefined) return undefined
    tokens.push(found)
  }
  return tokens
}

function either(reader: Reader): boolean | undefined {
  let value = both(reader)
  while (taken(reader, '||')) {
    const right = both(reader)
    if (value === undefined || right === undefined) return undefined
    value ||= right
  }
  return value
}

function both(reader: Reader): boolean | undefined {
  let value = single(reader)
  while (taken(reader, '&&')) {
    const right = single(reader)
    if (value === undefined || right === undefined) return undefined
    value &&= right
  }
  return value
}

function single(reader: Reader): boolean | undefined {
  reader.depth += 1
  if (reader.depth > maxDepth) return undefined
  const value = taken(reader, '!') ? negated(single(reader)) : term(reader)
  reader.depth -= 1
  return value
}

function negated(value: boolean | undefined): boolean | undefined {
  return value === undefined ? undefined : !value
}

function term(reader: Reader): boolean | undefined {
  if (taken(reader, 'true')) return true
  if (taken(reader, 'false')) return false
  if (!taken(reader, '(')) return comparison(reader)
  const value = either(reader)
  return taken(reader, ')') ? value : undefined
}

function comparison(reader: Reader): boolean | undefined {
  const called = methodCall(reader)
  if (called !== undefined) return called
  const left = operand(reader)
  const compare = comparisons.get(reader.tokens[reader.next] ?? '')
  if (left === undefined || !compare) return undefined
  reader.next += 1
  const right = operand(reader)
  if (typeof left !== typeof right || right === undefined) return undefined
  return compare(left, right)
}

type Operand = string | number

const comparisons: ReadonlyMap<string, (left: Operand, right: Operand) => boolean> = new Map([
  ['==', (left, right) => left === right],
  ['!=', (left, right) => left !== right],
  ['<', (left, right) => left < right],
  ['<=', (left, right) => left <= right],
  ['>', (left, right) => left > right],
  ['>=', (left, right) => left >= right],
])

/** `resource.name.startsWith("…")` or `endsWith`. */
function methodCall(reader: Reader): boolean | undefined {
  const word = reader.tokens[reader.next] ?? ''
  const dot = word.lastIndexOf('.')
  const method = word.slice(dot + 1)
  if (method !== 'startsWith' && method !== 'endsWith') return undefined
  const subject = attribute(word.slice(0, dot), reader.context)
  reader.next += 1
  const argument = inParentheses(reader)
  if (typeof subject !== 'string' || argument === undefined) return undefined
  return subject[method](argument)
}

/** A number is a time. */
function operand(reader: Reader): Operand | undefined {
  const word = reader.tokens[reader.next] ?? ''
  reader.next += 1
  if (isText(word)) return word.slice(1, -1)
  if (word === 'timestamp') return timeOf(inParentheses(reader))
  return attribute(word, reader.context)
}

function inParentheses(reader: Reader): string | undefined {
  const [open, text = '', close] = reader.tokens.slice(reader.next, reader.next + 3)
  if (open !== '(' || !isText(text) || close !== ')') return undefined
  reader.next += 3
  return text.slice(1, -1)
}

function attribute(name: string, { time, resource }: ConditionContext): Operand | undefined {
  if (name === 'request.time') return time
  if (name === 'resource.name') return resource.name
  if (name === 'resource.type') return resource.type
  return name === 'resource.service' ? resource.service : undefined
}

/** A time with its zone, as RFC 3339 has it. */
function timeOf(text: string | undefined): number | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(text ?? '')
  const time = isTime ? Date.parse(text ?? '') : Number.NaN
  return Number.isNaN(time) ? undefined : time
}

function isText(word: string): boolean {
  return /^["']/.test(word)
}

function taken(reader: Reader, word: string): boolean {
  if (reader.tokens[reader.next] !== word) return false
  reader.next += 1
  return true
}
