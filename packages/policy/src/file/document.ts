import { readFile } from 'node:fs/promises'
import { isError } from '@countersign/shared/errors'
import { redactWith, withoutCredentials } from '@countersign/shared/redact'
import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser'
import { PolicyError } from '../policy-error.ts'

/** A policy as it came, with what is needed to speak about its parts. */
export interface PolicyDocument {
  /** How messages call it: the file's path. */
  name: string
  value: unknown
  /** What it was read from: the file's text, or an object as JSON. */
  text(): string
  /** What is wrong with it as a text, before anybody looks at what it says. */
  findings: readonly Finding[]
  /** Where a value, or the nearest thing around it, stands in the file. */
  positionOf(path: Path): Position | undefined
}

/** A place in a text; both count from 1. */
interface Position {
  line: number
  column: number
}

/** Reads a policy from a path, a `file:` URL, or the object it is. */
export async function readDocument(source: string | URL | object): Promise<PolicyDocument> {
  if (typeof source === 'string' || isUrl(source)) {
    return textDocument(source, await readPolicyText(source))
  }
  if (typeof source === 'object' && source !== null) {
    return {
      name: 'the object',
      value: source,
      text: () => JSON.stringify(source),
      findings: [],
      positionOf: () => undefined,
    }
  }
  throw new TypeError(
    `loadPolicy was given ${source === null ? 'null' : typeof source}: give it the path of a policy file, or the policy as an object`,
  )
}

/** Also of another realm: in jsdom the global `URL` is not Node's. */
function isUrl(source: object): source is URL {
  return 'href' in Object(source) && 'protocol' in source
}

/** A policy's text, with what is needed to speak about its parts. */
export function textDocument(file: string | URL, text: string): PolicyDocument {
  return { name: String(file), text: () => text, ...parseJsonText(withoutMark(text)) }
}

/** Reads a policy's text. Throws `policy_unreadable`. */
export async function readPolicyText(file: string | URL): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const reason = isError(cause) ? cause.message : String(cause)
    throw new PolicyError({
      code: 'policy_unreadable',
      problem: `${file} can't be read: ${reason}`,
      hint: `write the path of a policy file, from ${process.cwd()} or from the root`,
      cause,
    })
  }
}

/** Windows editors begin a file with a byte order mark. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

/** Reads JSON with comments and trailing commas, and remembers where each value stands. */
export function parseJsonText(text: string): Omit<PolicyDocument, 'name' | 'text'> {
  const errors: ParseError[] = []
  const root = parseTree(text, errors, { allowTrailingComma: true })
  const first = errors[0]
  if (root === undefined || first !== undefined) return unparsable(text, first)
  return {
    value: plainValue(root),
    findings: lostKeys(root, []),
    positionOf: (path) => positionAt(text, nearestNode(root, path).offset),
  }
}

function unparsable(
  text: string,
  error: ParseError | undefined,
): Omit<PolicyDocument, 'name' | 'text'> {
  const what = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error)
  const hint = 'write JSON; comments and trailing commas are fine'
  return {
    value: undefined,
    findings: [{ path: [], problem: `is no JSON (${what})`, hint }],
    positionOf: () => positionAt(text, error?.offset ?? 0),
  }
}

/** Without a prototype, so that a key such as `__proto__` is a key like any other. */
function plainValue(node: Node): unknown {
  const children = node.children ?? []
  if (node.type === 'array') return children.map(plainValue)
  if (node.type !== 'object') return node.value
  const object: Record<string, unknown> = Object.create(null)
  for (const [key, value] of children.map(propertyOf)) object[key.value] = plainValue(value)
  return object
}

function propertyOf(property: Node): [key: Node, value: Node] {
  return property.children as [Node, Node]
}

/**
 * Keys that would vanish without a word: JSON's readers take the last of two equal ones, and the
 * schema's steps over those that every object has.
 */
function lostKeys(node: Node, path: Path): Finding[] {
  const children = node.children ?? []
  if (node.type === 'array') return children.flatMap((item, i) => lostKeys(item, [...path, i]))
  if (node.type !== 'object') return []
  const seen = new Set<string>()
  return children.map(propertyOf).flatMap(([key, value]) => {
    const here = [...path, key.value]
    const reason = lossOf(key.value, seen)
    seen.add(key.value)
    const own = reason === undefined ? [] : [{ path: here, ...reason }]
    return [...own, ...lostKeys(value, here)]
  })
}

function lossOf(key: string, seen: ReadonlySet<string>): Omit<Finding, 'path'> | undefined {
  if (seen.has(key)) return { problem: 'is there twice', hint: 'keep one, or rename one' }
  if (!['__proto__', 'constructor', 'prototype'].includes(key)) return undefined
  return { problem: 'is a name that JavaScript keeps for itself', hint: 'write another name' }
}

/** The value at the path, else what is nearest around it; for a value of an object, its key. */
function nearestNode(root: Node, path: Path): Node {
  for (let length = path.length; length > 0; length -= 1) {
    const node = findNodeAtLocation(root, path.slice(0, length))
    if (node !== undefined) return node.parent?.type === 'property' ? node.parent : node
  }
  return root
}

function positionAt(text: string, offset: number): Position {
  const lines = text.slice(0, offset).split('\n')
  return { line: lines.length, column: (lines.at(-1) as string).length + 1 }
}

/** The keys that lead to a value, from the root. */
export type Path = readonly (string | number)[]

/** Something wrong in a policy, before its place in the file is looked up. */
export interface Finding {
  path: Path
  /** What is there. */
  problem: string
  /** What to write instead. */
  hint: string
}

/** A problem quotes what is there, which may be a key or a token that was pasted. */
const longestProblem = 500

/** Throws one `policy_invalid` with everything that was found, in the order of the file. */
export function refuseFindings(document: PolicyDocument, findings: readonly Finding[]): void {
  if (findings.length === 0) return
  const issues = findings
    .map(({ path, problem, hint }) => {
      const position = document.positionOf(path)
      return {
        path: pathText(path),
        problem: redactWith(withoutCredentials, problem, longestProblem),
        hint,
        line: position?.line,
        column: position?.column,
      }
    })
    .sort((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))
  const count = issues.length === 1 ? 'one thing is' : `${issues.length} things are`
  throw new PolicyError({
    code: 'policy_invalid',
    problem: `${document.name} is no valid policy: ${count} wrong`,
    hint: issues.map((issue) => issue.hint).join('; '),
    issues,
  })
}

/** A path as one would write it in code: `services.login.calls["user-profiles"][0]`. */
export function pathText(path: Path): string {
  return path.map(keyText).join('').replace(/^\./, '')
}

function keyText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
