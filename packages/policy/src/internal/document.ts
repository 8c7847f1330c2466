import { readFile } from 'node:fs/promises'
import { isError } from '@countersign/shared/errors'
import { PolicyError } from '../policy-error.ts'
import type { Finding, Path } from './finding.ts'
import { parseJsonText } from './json-text.ts'

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
export interface Position {
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
