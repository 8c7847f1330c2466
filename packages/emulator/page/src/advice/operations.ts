import type { EdgeState, EmulatorState, Party } from '@countersign/emulator'

/** Methods and paths of the policy; a rule without them allows any. */
type Rule = NonNullable<EdgeState['rules']>[number]

/** A method and a path, without the query. */
export interface Operation {
  method: string
  path: string
}

/** Returns an operation in words, such as `POST /charges`. */
export function operationText({ method, path }: Operation): string {
  return `${method} ${path}`
}

/** Returns a request target up to its query. */
export function pathOf(target: string): string {
  const query = target.indexOf('?')
  return query < 0 ? target : target.slice(0, query)
}

/** The account of a caller; of a caller that is known by its name, only the service. */
type Caller = Pick<Party, 'service'> & { account?: string }

/**
 * Returns the rules that a caller has on a service. Services that share an account have the rules
 * of all of them, and a push may call its own path.
 */
export function rulesOf(
  state: EmulatorState | undefined,
  caller: Caller,
  to: string,
): readonly Rule[] {
  const { edges = [], pushes = [], services = [] } = state ?? {}
  const account = caller.account ?? services.find(({ name }) => name === caller.service)?.account
  const names = services.filter((one) => one.account === account).map(({ name }) => name)
  const calls = edges.filter((edge) => edge.to === to && names.includes(edge.from))
  const pushed = pushes.filter((push) => push.to === to && push.account === account)
  return [
    ...calls.flatMap(({ rules }) => rules ?? []),
    ...(account === undefined ? [] : pushed.map(pushRule)),
  ]
}

/** A push delivers with POST alone, unless the policy says otherwise. */
function pushRule({ path, methods = ['POST'] }: EmulatorState['pushes'][number]): Rule {
  return { methods, paths: [path] }
}

/** Returns what rules allow, in words such as `GET /orders/:id` or `any method on /orders`. */
export function rulesText(rules: readonly Rule[]): readonly string[] {
  const texts = rules.flatMap(({ methods = [anyMethod], paths = [anyPath] }) => {
    return methods.flatMap((method) => paths.map((path) => allowedText(method, path)))
  })
  return [...new Set(texts)]
}

const anyMethod = 'any method'
const anyPath = 'any path'

function allowedText(method: string, path: string): string {
  const isPlain = method !== anyMethod && path !== anyPath
  return isPlain ? `${method} ${path}` : `${method} on ${path}`
}

/**
 * Returns the allowed operation that is most similar to one that is not allowed: a mistyped path, a
 * missing or additional beginning, or another method on the same path. Undefined if none is
 * similar, or if a rule allows the operation.
 */
export function similarOperation(
  operation: Operation,
  rules: readonly Rule[],
): Operation | undefined {
  const closest = closestOf(operation, rules)
  return closest && closest.edits > 0 ? closest.operation : undefined
}

/** Whether a rule allows an operation. */
export function isAllowed(operation: Operation, rules: readonly Rule[]): boolean {
  return closestOf(operation, rules)?.edits === 0
}

function closestOf(operation: Operation, rules: readonly Rule[]): Similar | undefined {
  const found = rules.flatMap((rule) => similarBy(rule, operation))
  return found.sort((one, other) => one.edits - other.edits)[0]
}

interface Similar {
  operation: Operation
  /** 0: allowed; otherwise the number of differing letters, and one more for another method. */
  edits: number
}

function similarBy({ methods, paths = ['/*'] }: Rule, { method, path }: Operation): Similar[] {
  const isMethod = methods === undefined || allowsMethod(methods, method)
  const allowed = isMethod ? method : (methods[0] ?? method)
  return paths.flatMap((pattern) => {
    const near = similarPath(pattern, path)
    if (!near) return []
    return {
      operation: { method: allowed, path: near.path },
      edits: near.edits + (isMethod ? 0 : 1),
    }
  })
}

/** `GET` implies `HEAD`. */
function allowsMethod(methods: readonly string[], method: string): boolean {
  return methods.includes(method) || (method === 'HEAD' && methods.includes('GET'))
}

/** A longer path is not compared: only a mistake of a few letters is recognised. */
const maxLength = 300

/** Compares a path with a pattern of the policy, whose parameters stand for any segment. */
function similarPath(pattern: string, path: string): { path: string; edits: number } | undefined {
  if (pattern === '/*' || pattern === path) return { path, edits: 0 }
  if (Math.max(pattern.length, path.length) > maxLength) return undefined
  const wanted = pattern.replaceAll('\\', '').split('/').slice(1)
  const got = path.split('/').slice(1)
  if (got.at(-1) === '' && wanted.at(-1) !== '') return withoutSlash(pattern, path)
  const filled = filledIn(wanted, got)
  if (filled) return withinLimit(filled, { path, letters: lettersOf(wanted) })
  return otherBeginning(wanted, got)
}

/** A slash at the end is one letter more. */
function withoutSlash(pattern: string, path: string): ReturnType<typeof similarPath> {
  const near = similarPath(pattern, path.slice(0, -1))
  return near && { path: near.path, edits: near.edits + 1 }
}

/** The pattern with the segments of the path in place of its parameters, if it has as many. */
function filledIn(wanted: readonly string[], got: readonly string[]): string | undefined {
  const isOpen = wanted.at(-1)?.startsWith('*')
  const fixed = isOpen ? wanted.slice(0, -1) : wanted
  if (isOpen ? got.length < wanted.length : got.length !== wanted.length) return undefined
  const head = fixed.map((segment, index) => (isParameter(segment) ? got[index] : segment))
  return ['', ...head, ...got.slice(fixed.length)].join('/')
}

function isParameter(segment: string): boolean {
  return segment.startsWith(':') || segment.startsWith('*')
}

/** Number of letters in the segments that are not parameters. */
function lettersOf(wanted: readonly string[]): number {
  return wanted.filter((segment) => !isParameter(segment)).join('').length
}

/** A quarter of the letters may differ, but at most three. */
function withinLimit(
  filled: string,
  { path, letters }: { path: string; letters: number },
): ReturnType<typeof similarPath> {
  const edits = editDistance(path, filled)
  const differs = editDistance(path.toLowerCase(), filled.toLowerCase())
  return differs <= Math.min(3, Math.ceil(letters / 4)) ? { path: filled, edits } : undefined
}

/**
 * A path with more or fewer segments at its beginning, such as `/items` for `/api/items`: paths of
 * the policy count from the root of the app, wherever its router is mounted.
 */
function otherBeginning(
  wanted: readonly string[],
  got: readonly string[],
): ReturnType<typeof similarPath> {
  const common = Math.min(wanted.length, got.length)
  const [end, start] = [wanted.slice(-common), wanted.slice(0, -common)]
  const filled = filledIn(end, got.slice(-common))
  const isSame = filled === ['', ...got.slice(-common)].join('/') && lettersOf(end) > 0
  if (!isSame || filled === undefined) return undefined
  const edits = Math.abs(wanted.length - got.length)
  return { path: ['', ...start].join('/') + filled, edits }
}

/** Levenshtein's distance: the number of letters to add, remove or replace. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [at, letter] of [...one].entries()) {
    const next = [at + 1]
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (letter === other[column - 1] ? 0 : 1)
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[other.length] ?? 0
}
