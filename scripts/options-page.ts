/**
 * Writes docs/reference/options.md: every option of every public function, out of the docstrings.
 * `pnpm options`, after a docstring of an option has changed; a test compares.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = join(root, 'docs/reference/options.md')

/** What users write besides what is called `…Options`. */
const alsoWritten = ['ReceiverRules', 'CallerRules', 'CallerEntry', 'Target']
const order = [
  'receiver',
  'express',
  'koa',
  'caller',
  'policy',
  'emulator',
  'testing',
  'opentelemetry',
]

const introduction = `Every option of every function, as the types say it; \`npx -y pnpm@12 options\` writes this page. A name with a \`?\` can be left
out. [Errors](errors.md) lists what goes wrong, and [important defaults](important-defaults.md) says why a default is as it is.`

interface Options {
  name: string
  /** What it is made of, as written: `ReceiverRules`. */
  parents: string[]
  about: string
  members: Member[]
}

interface Member {
  name: string
  isOptional: boolean
  type: string
  about: string
  byDefault: string
}

/** The parts of a syntax tree that are read. */
interface Node {
  type: string
  start: number
  end: number
  [part: string]: unknown
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(page, optionsPage())

export function optionsPage(): string {
  return `${['# Options', introduction, ...order.flatMap(partOf)].join('\n\n')}\n`
}

function partOf(name: string): string[] {
  const folder = join(root, 'packages', name, 'src')
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) =>
    path.endsWith('.ts'),
  )
  const exported = readFileSync(join(folder, 'index.ts'), 'utf8')
  const all = files
    .toSorted()
    .flatMap((path) => optionsIn(readFileSync(join(folder, path), 'utf8')))
  const offered = all.filter((one) => new RegExp(`\\b${one.name}\\b`).test(exported))
  return [`## @countersign/${name}`, ...offered.flatMap(tableOf)]
}

function optionsIn(source: string): Options[] {
  const { body } = parseAst(source, { lang: 'ts' }) as unknown as { body: Node[] }
  const declared = body.map((node) => ({ node, inner: (node.declaration ?? node) as Node }))
  return declared
    .filter(({ inner }) => inner.type === 'TSInterfaceDeclaration' && isWritten(nameOf(inner.id)))
    .map(({ node, inner }) => ({
      name: nameOf(inner.id),
      parents: ((inner.extends ?? []) as Node[]).map(({ start, end }) => source.slice(start, end)),
      about: docOf(source, node.start).about,
      members: ((inner.body as Node).body as Node[]).map((member) => memberOf(source, member)),
    }))
}

function isWritten(name: string): boolean {
  return name.endsWith('Options') || alsoWritten.includes(name)
}

function memberOf(source: string, member: Node): Member {
  const annotation = (member.typeAnnotation ?? member.returnType) as Node | undefined
  const type = annotation ? source.slice(annotation.start, annotation.end).replace(/^:\s*/, '') : ''
  const isMethod = member.type === 'TSMethodSignature'
  return {
    name: nameOf(member.key),
    isOptional: member.optional === true,
    type: isMethod ? source.slice(member.start, member.end) : type,
    ...docOf(source, member.start),
  }
}

function nameOf(node: unknown): string {
  const { name, value } = node as { name?: string; value?: string }
  return name ?? value ?? ''
}

/** The docstring that ends just before a place. */
function docOf(source: string, start: number): Pick<Member, 'about' | 'byDefault'> {
  const before = source.slice(0, start).replace(/export\s+$/, '')
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*$/.exec(before)?.[1] ?? ''
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\*? ?/, '').trimEnd())
  const [about = '', ...tags] = lines.join('\n').split(/^@/m)
  const byDefault = tags.find((tag) => tag.startsWith('default'))?.replace('default', '') ?? ''
  return { about: withoutLinks(about), byDefault: withoutLinks(byDefault) }
}

function withoutLinks(text: string): string {
  return text
    .replaceAll(/\{@link ([^}]+)\}/g, '`$1`')
    .replaceAll(/\s+/g, ' ')
    .trim()
}

function tableOf({ name, parents, about, members }: Options): string[] {
  const more =
    parents.length > 0 ? ` And those of ${parents.map((one) => `\`${one}\``).join(', ')}.` : ''
  const head = [`### ${name}`, `${about}${more}`.trim()].filter(Boolean)
  if (members.length === 0) return head
  const rows = members.map(
    ({ name, isOptional, type, about, byDefault }) =>
      `| \`${name}${isOptional ? '?' : ''}\` | ${code(type)} | ${cell(byDefault)} | ${cell(about)} |`,
  )
  return [
    ...head,
    ['| option | type | default | what it does |', '|---|---|---|---|', ...rows].join('\n'),
  ]
}

function code(type: string): string {
  const line = type.replaceAll(/\/\*\*?[\s\S]*?\*\//g, '').replaceAll(/\s+/g, ' ')
  return line === '' ? '' : `\`${cell(line)}\``
}

function cell(text: string): string {
  return text.replaceAll(/(?<!\\)\|/g, '\\|')
}
