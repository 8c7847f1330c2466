import {
  findNodeAtLocation,
  type Node,
  type ParseError,
  parseTree,
  printParseErrorCode,
} from 'jsonc-parser'
import type { PolicyDocument, Position } from './document.ts'
import type { Finding, Path } from './finding.ts'

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
