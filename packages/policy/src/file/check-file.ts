import * as v from 'valibot'
import type { PolicyFile } from '../policy-file.ts'
import { type Finding, type Path, type PolicyDocument, refuseFindings } from './document.ts'
import { policyFile } from './schema.ts'
import { didYouMean, quotedList } from './shapes.ts'

/** Checks all of a policy that doesn't depend on an environment. Reports all problems at once. */
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

/** If neither a rule nor a list of rules fits, only the issues of the form that was written are reported. */
function isAboutShape(sub: Issue, input: unknown): boolean {
  return sub.path?.[0]?.type === (Array.isArray(input) ? 'array' : 'object')
}

function problemOf(issue: Issue): string {
  const last = issue.path?.at(-1)
  if (last?.origin === 'key' && issue.expected === 'never') return 'is an unknown key'
  if (issue.received === 'undefined') return 'is missing'
  return `is ${shown(issue.input)}`
}

/** A value as JSON, cut to 80 characters. */
function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 79)}…` : text
}

/** Takes any value, so that unknown names are reported together with issues about the shape. */
function unknownNames(file: unknown): Finding[] {
  const services = entriesOf(fieldOf(file, 'services'))
  const known = services.map(({ name }) => name)
  const callees = services.flatMap(({ name: caller, value }) =>
    entriesOf(fieldOf(value, 'calls')).map(({ name }) => {
      return { path: ['services', caller, 'calls', name], name, problem: 'is' }
    }),
  )
  const receivers = entriesOf(fieldOf(file, 'pushes')).map(({ name: push, value }) => {
    const name = fieldOf(value, 'to')
    return { path: ['pushes', push, 'to'], name, problem: `is "${name}", which is` }
  })
  return [...callees, ...receivers]
    .filter(({ name }) => typeof name === 'string' && !known.includes(name))
    .map(({ path, name, problem }) => ({
      path,
      problem: `${problem} not a service of this policy`,
      hint: `write one of ${quotedList(known)}${didYouMean(name, known)}, or add it to "services"`,
    }))
}

/** Pub/Sub and Eventarc always deliver with POST; receivers refuse `methods` for them too. */
function methodsOfPosts(file: unknown): Finding[] {
  return entriesOf(fieldOf(file, 'pushes'))
    .filter(({ value }) => fieldOf(value, 'methods') !== undefined)
    .map(({ name, value }) => ({ name, kind: fieldOf(value, 'kind') }))
    .filter(({ kind }) => kind === 'pubsub' || kind === 'eventarc')
    .map(({ name, kind }) => ({
      path: ['pushes', name, 'methods'],
      problem: `is set, but ${kind} always delivers with POST`,
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
