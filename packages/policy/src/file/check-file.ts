import * as v from 'valibot'
import type { PolicyFile } from '../policy-file.ts'
import { type Finding, type Path, type PolicyDocument, refuseFindings } from './document.ts'
import { policyFile } from './schema.ts'
import { didYouMean, quotedList } from './shapes.ts'

/** Checks what a policy says, whatever the environment. Tells all that is wrong at once. */
export function checkFile(document: PolicyDocument): PolicyFile {
  const result = v.safeParse(policyFile, document.value)
  const shape =
    document.value === undefined ? [] : (result.issues ?? []).flatMap((issue) => findingsOf(issue))
  const { value } = document
  refuseFindings(document, [
    ...document.findings,
    ...shape,
    ...unknownNames(value),
    ...methodsOfPosts(value),
  ])
  return result.output as PolicyFile
}

type Issue = v.BaseIssue<unknown>

function findingsOf(issue: Issue, above: Path = []): Finding[] {
  const path = [...above, ...pathOf(issue)]
  const inside = (issue.issues ?? []).filter((sub) => isAboutShape(sub, issue.input))
  if (inside.length > 0) return inside.flatMap((sub) => findingsOf(sub, path))
  return [{ path, problem: problemOf(issue), hint: issue.message }]
}

function pathOf(issue: Issue): Path {
  return (issue.path ?? []).map(({ key }) => (typeof key === 'number' ? key : String(key)))
}

/** Of a rule or a list of rules, only what the one that was meant lacks is worth telling. */
function isAboutShape(sub: Issue, input: unknown): boolean {
  return sub.path?.[0]?.type === (Array.isArray(input) ? 'array' : 'object')
}

function problemOf(issue: Issue): string {
  const last = issue.path?.at(-1)
  if (last?.origin === 'key' && issue.expected === 'never') return 'is an unknown key'
  if (issue.received === 'undefined') return 'is missing'
  return `is ${shown(issue.input)}`
}

/** A value as the file has it, cut where it gets long. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** Asked of any value, so that it is told beside what is wrong with the shape. */
function unknownNames(file: unknown): Finding[] {
  const services = entriesOf(fieldOf(file, 'services'))
  const known = services.map(({ name }) => name)
  const callees = services.flatMap(({ name: caller, value }) =>
    entriesOf(fieldOf(value, 'calls')).map(({ name }) => {
      return { path: ['services', caller, 'calls', name], name }
    }),
  )
  const receivers = entriesOf(fieldOf(file, 'pushes')).map(({ name: push, value }) => {
    return { path: ['pushes', push, 'to'], name: fieldOf(value, 'to') }
  })
  return [...callees, ...receivers]
    .filter(({ name }) => typeof name === 'string' && !known.includes(name))
    .map(({ path, name }) => ({
      path,
      problem: `"${name}" is no service of this policy`,
      hint: `write one of ${quotedList(known)}${didYouMean(name, known)}, or add it to "services"`,
    }))
}

/** Receivers refuse them too: Pub/Sub and Eventarc leave no choice. */
function methodsOfPosts(file: unknown): Finding[] {
  return entriesOf(fieldOf(file, 'pushes'))
    .filter(({ value }) => fieldOf(value, 'methods') !== undefined)
    .map(({ name, value }) => ({ name, kind: fieldOf(value, 'kind') }))
    .filter(({ kind }) => kind === 'pubsub' || kind === 'eventarc')
    .map(({ name, kind }) => ({
      path: ['pushes', name, 'methods'],
      problem: `${kind} delivers with POST alone`,
      hint: 'leave it out',
    }))
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined
}

function entriesOf(value: unknown): { name: string; value: unknown }[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return []
  return Object.entries(value).map(([name, entry]) => ({ name, value: entry }))
}
