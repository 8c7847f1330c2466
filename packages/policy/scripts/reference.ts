import { readFileSync } from 'node:fs'
import * as v from 'valibot'
import { policyFile } from '../src/file/schema.ts'
import { jsonSchema } from './schema.ts'

/** The page on the policy file. */
export const referenceFile: URL = new URL('../../../docs/reference/policy.md', import.meta.url)

const vectorsFile = new URL('../../../test/vectors/paths.json', import.meta.url)

/** The parts of JSON Schema that a policy's schema is made of. */
interface Field {
  description?: string
  properties?: Record<string, Field>
  additionalProperties?: Field | false
  required?: string[]
  items?: Field
  anyOf?: Field[]
}

/** One case of the paths that each side is tested with. */
interface PathCase {
  pattern: string
  path: string
  matches: boolean
  why: string
}

/** Where each kind of entry stands in a file, and a valid file with one of it. */
const sections: { title: string; text: string; path: string[] }[] = [
  {
    title: 'The file',
    text: 'JSON with comments and trailing commas. An unknown field is an error.',
    path: [],
  },
  {
    title: 'environments.NAME',
    text: `One Google Cloud project that the services run in. The only one need not be chosen; of several, choose one:
\`loadPolicy(file, { environment: 'prod' })\`, \`COUNTERSIGN_ENVIRONMENT\`, or \`--environment\` of each command. A file without
environments needs a \`url\` and a \`serviceAccount\` in each service.`,
    path: ['environments', 'prod'],
  },
  {
    title: 'services.NAME',
    text: 'One service, job or cron, by the name that it has on Cloud Run.',
    path: ['services', 'login'],
  },
  {
    title: 'services.NAME.calls.RECEIVER',
    text: `What the service can do there: one rule, or a list of rules, of which one has to fit. \`{}\` is any method on any path.`,
    path: ['services', 'login', 'calls', 'search'],
  },
  {
    title: 'pushes.NAME',
    text: 'A Google product that delivers to a service: a Pub/Sub subscription, a queue of Cloud Tasks, a job of Cloud Scheduler, a trigger of Eventarc.',
    path: ['pushes', 'orders'],
  },
]

/** The page, from the schema that files are checked with and the cases that paths are tested with. */
export function reference(): string {
  return [preamble, ...sections.map(section), derived, paths()].join('\n')
}

const preamble = `# The policy file

One file says which service can call which, with which methods on which paths. \`verifyCaller(policy.receiver('search'))\`,
\`createServiceFetch(policy.caller('login'))\`, the emulator and the grants of IAM follow from it. \`npx countersign policy check FILE\`
validates it; \`countersign.schema.json\` of \`@countersign/policy\` completes it in an editor.

\`\`\`jsonc
${example()}
\`\`\`
`

function example(): string {
  return `// countersign.jsonc
{
  "$schema": "./node_modules/@countersign/policy/countersign.schema.json",
  "environments": {
    "staging": { "project": "acme-staging", "projectNumber": "456", "region": "us-central1", "accounts": "{service}-run" },
    "prod": { "project": "acme", "projectNumber": "123", "region": "us-central1", "accounts": "{service}-run" }
  },
  "services": {
    "login": {
      "public": true,
      "calls": { "user-profiles": [{ "methods": ["GET"], "paths": ["/profiles/:id"] }], "search": {} }
    },
    "user-profiles": { "unauthenticated": ["GET /ready"] },
    "search": { "audiences": ["https://search.acme.example"] }
  },
  "pushes": {
    "orders": { "kind": "pubsub", "serviceAccount": "orders-push@acme.iam.gserviceaccount.com", "to": "search", "path": "/push/orders" }
  }
}`
}

function section({ title, text, path }: (typeof sections)[number]): string {
  const { properties = {}, required = [] } = objectAt(path)
  const rows = Object.entries(properties).map(([name, { description = '' }]) => {
    const [says, leftOut] = description.split(/ ?Default: /)
    const isRequired = required.includes(name)
    const untold = isRequired ? 'required' : (leftOut ?? '').replace(/\.$/, '')
    return `| \`${name}\` | ${says} | ${hintFor([...path, name])} | ${untold} |`
  })
  const head = '| field | what it is | what to write | if left out |\n|---|---|---|---|'
  return `## ${title}\n\n${text}\n\n${head}\n${rows.join('\n')}\n`
}

/** The schema of the object at a place; a name that the file chooses is any. */
function objectAt(path: string[]): Field {
  let field = jsonSchema() as Field
  for (const name of path) field = field.properties?.[name] ?? anyName(field)
  return objectIn(field)
}

function anyName({ additionalProperties }: Field): Field {
  if (!additionalProperties) throw new Error('the schema has no such place')
  return additionalProperties
}

function objectIn(field: Field): Field {
  return field.anyOf?.map(objectIn).find(({ properties }) => properties) ?? field
}

/** What the error says of a value that can't be right, in the place or in its list. */
function hintFor(path: string[]): string {
  const ofItem = messageFor(path, [0])
  const ofValue = messageFor(path, 0)
  const hint = ofValue.startsWith('write a list') ? `a list: ${bare(ofItem)}` : bare(ofValue)
  return hint.replaceAll('|', '\\|')
}

function bare(message: string): string {
  return message.replace(/^write /, '')
}

function messageFor(path: string[], wrong: unknown): string {
  const value = path.reduceRight<unknown>((inner, name) => ({ [name]: inner }), wrong)
  const field = path.at(-1) ?? ''
  const { issues = [] } = v.safeParse(policyFile, value)
  const issue = issues
    .flatMap(withParts)
    .find((one) => v.getDotPath(one)?.split('.').includes(field))
  if (issue === undefined) throw new Error(`the schema accepts ${JSON.stringify(value)}`)
  return issue.message
}

/** An issue of a union has those of its options. */
function withParts(issue: v.BaseIssue<unknown>): v.BaseIssue<unknown>[] {
  return [...(issue.issues ?? []).flatMap(withParts), issue]
}

const derived = `## What follows from it

| value | follows from |
|---|---|
| a service's URL, \`policy.url(name)\` | \`url\`, else \`https://NAME-PROJECTNUMBER.REGION.run.app\`; under the emulator the URL of its front door |
| the \`aud\` that its callers ask for | the production URL, under the emulator too |
| the \`aud\` values that it accepts | the production URL, then \`audiences\` |
| a service's account | \`serviceAccount\`, else the environment's \`accounts\` with the service's name, \`@PROJECT.iam.gserviceaccount.com\` |
| what a receiver allows | all \`calls\` and \`pushes\` that lead to it, and its \`unauthenticated\` routes |
| what a caller's targets are | its own \`calls\` |
| who gets \`roles/run.invoker\` | the callers and pushes of each service: \`npx countersign policy iam FILE\` prints the commands, \`policy terraform\` the resources. For a service that is \`public\`, \`policy iam\` also prints \`--no-invoker-iam-check\`, which [lets anyone on the Internet call it](../guides/public-routes.md), and \`policy terraform\` a comment |
`

function paths(): string {
  const cases = JSON.parse(readFileSync(vectorsFile, 'utf8')) as PathCase[]
  const rows = cases
    .filter(({ path }) => /^[\x21-\x7e]+$/.test(path))
    .map((one) => {
      const [pattern, path] = [one.pattern, one.path].map(
        (text) => `\`${text.replaceAll('|', '\\\\|')}\``,
      )
      return `| ${pattern} | ${path} | ${one.matches ? 'yes' : 'no'} | ${one.why} |`
    })
  return `## Path patterns

A pattern stands for the *whole* path of a request, as it was sent, without the query. In Express and Koa that is the path from the
application's root, also in a router that is mounted somewhere: \`/api/items\`, not \`/items\`. \`:name\` is one segment; \`/*\` at the end
is everything below, at least one character; \`{…}\` can be left out ([path-to-regexp](https://www.npmjs.com/package/path-to-regexp)).
OpenAPI's \`/profiles/{id}\` is refused: write \`/profiles/:id\`.
Case and a slash at the end count, and nothing is decoded. A path that two routers could read as two different ones matches no
pattern at all. These are the cases that both sides are tested with:

| pattern | path | matches | because |
|---|---|---|---|
${rows.join('\n')}
`
}
