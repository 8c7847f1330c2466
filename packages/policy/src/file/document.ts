import { readFile } from 'node:fs/promises'
import { isError } from '@countersign/shared/errors'
import { redactedCause, redactWith, withoutCredentials } from '@countersign/shared/redact'
import {
  createScanner,
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser'
import { PolicyError } from '../policy-error.ts'

/** A policy before it is checked, with the positions of its values for error messages. */
export interface PolicyDocument {
  /** The name of the policy in messages: the file's path, or `the object`. */
  name: string
  value: unknown
  /** The file's text, or the object as JSON. */
  text(): string
  /** Problems of the text as JSON, found before the content is checked. */
  findings: readonly Finding[]
  /** The position of a value in the file, or of the nearest value around it. */
  positionOf(path: Path): Position | undefined
}

/** A place in a text; both count from 1. */
interface Position {
  line: number
  column: number
}

/** Reads a policy from a path, a `file:` URL, or an object. */
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
    `the policy must be a path, a file: URL or an object, but is ${source === null ? 'null' : typeof source}: pass the path of a policy file, or the policy as an object`,
  )
}

/** Also true for a URL of another realm: in jsdom the global `URL` is not Node's. */
function isUrl(source: object): source is URL {
  return 'href' in Object(source) && 'protocol' in source
}

/** Parses a policy's text, and keeps the positions of its values. */
export function textDocument(file: string | URL, text: string): PolicyDocument {
  return { name: String(file), text: () => text, ...parseJsonText(withoutMark(text)) }
}

/**
 * Reads a policy's text.
 *
 * @throws {PolicyError} `policy_unreadable`
 */
export async function readPolicyText(file: string | URL): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    const reason = isError(cause) ? cause.message : String(cause)
    throw new PolicyError({
      code: 'policy_unreadable',
      problem: `${file} can't be read (${reason})`,
      hint: `write the path of a policy file, from ${process.cwd()} or from the root`,
      cause: redactedCause(cause),
    })
  }
}

/** Windows editors write a byte order mark at the beginning of a file. */
function withoutMark(text: string): string {
  return text.replace(/^\uFEFF/, '')
}

/** A policy has six levels. Thousands would exhaust the stack of whatever reads them. */
const mostLevels = 64

/** Parses JSON with comments and trailing commas, and keeps the position of each value. */
export function parseJsonText(text: string): Omit<PolicyDocument, 'name' | 'text'> {
  const tooDeep = offsetOfLevel(mostLevels + 1, text)
  if (tooDeep !== undefined) return tooNested(text, tooDeep)
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

/** The offset at which so many brackets are open; undefined if they never are. */
function offsetOfLevel(wanted: number, text: string): number | undefined {
  const scanner = createScanner(text, true)
  let level = 0
  for (scanner.scan(); scanner.getTokenOffset() < text.length; scanner.scan()) {
    const offset = scanner.getTokenOffset()
    const first = text.charAt(offset)
    if (first === '{' || first === '[') level += 1
    if (first === '}' || first === ']') level -= 1
    if (level === wanted) return offset
  }
  return undefined
}

function tooNested(text: string, offset: number): Omit<PolicyDocument, 'name' | 'text'> {
  const hint = `write at most ${mostLevels} levels of braces and brackets`
  return {
    value: undefined,
    findings: [{ path: [], problem: 'is nested too deeply', hint }],
    positionOf: () => positionAt(text, offset),
  }
}

function unparsable(
  text: string,
  error: ParseError | undefined,
): Omit<PolicyDocument, 'name' | 'text'> {
  const what = error === undefined ? 'ValueExpected' : printParseErrorCode(error.error)
  const hint = 'write JSON; comments and trailing commas are allowed'
  return {
    value: undefined,
    findings: [{ path: [], problem: `is not JSON (${what})`, hint }],
    positionOf: () => positionAt(text, error?.offset ?? 0),
  }
}

/** Makes objects without a prototype, so that a key such as `__proto__` is an ordinary key. */
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
 * Finds keys that would be lost without an error: JSON parsers keep the last of two equal keys, and valibot
 * skips keys that every object has.
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
  if (seen.has(key)) return { problem: 'is written twice', hint: 'remove one, or rename one' }
  if (!['__proto__', 'constructor', 'prototype'].includes(key)) return undefined
  return { problem: 'is a name that JavaScript reserves', hint: 'write another name' }
}

/** The value at the path, or else the nearest value around it; for a value of an object, its key. */
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

/** A problem in a policy, before its position in the file is looked up. */
export interface Finding {
  path: Path
  /** What is wrong: a sentence whose subject is the path. */
  problem: string
  /** What to write instead. */
  hint: string
}

/** A problem quotes the value, which could be a private key or a token that was pasted by mistake. */
const longestProblem = 500

/** Throws one `policy_invalid` with all findings, in the order of the file. */
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
  const count = issues.length === 1 ? '1 problem' : `${issues.length} problems`
  throw new PolicyError({
    code: 'policy_invalid',
    problem: `${document.name} is not a valid policy: ${count}`,
    hint: issues.map((issue) => issue.hint).join('; '),
    issues,
  })
}

/** A path as it would be written in code: `services.login.calls["user-profiles"][0]`. */
export function pathText(path: Path): string {
  return path.map(keyText).join('').replace(/^\./, '')
}

function keyText(key: string | number): string {
  if (typeof key === 'number') return `[${key}]`
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`
}
