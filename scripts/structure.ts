/**
 * How the sources are laid out, and what `pnpm check` asks of it: a folder is a chapter that a
 * reader takes in at one look, and an arrow between two files or two folders points one way.
 *
 * `node scripts/structure.ts` prints the figures of this checkout, `node scripts/structure.ts DIR`
 * those of another one, such as an older commit. It counts
 *
 * - files: `.ts` and `.tsx` below `packages/NAME/src`, the page of the emulator by itself;
 * - lines: all of them, docs and blank ones too;
 * - imports: each `import … from '.…'`, `export … from '.…'` and `import('.…')`, types included;
 * - cycles: groups of files that reach each other by such imports;
 * - two-way: pairs of folders that import from each other; the top of `src/` is not counted, since
 *   its files are what a package offers, and the folders below know the types of it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import { parseArgs } from 'node:util'

/** Ten are meant; two more need no argument. */
const mostFilesInFolder = 12

/** Folders of like things, one file each: who looks for a command reads the list of commands. */
const catalogues = ['commands', 'forgeries', 'apis']

const relativeImport =
  /^(?:import|export)\b[^'"]*? from '(\.[^']+)'|^import '(\.[^']+)'|\bimport\('(\.[^']+)'\)/gm

interface Sources {
  name: string
  /** All of its files below `src/`, style sheets too. */
  paths: string[]
  lines: number
  /** Which of its own files each file imports, by their paths below `src/`. */
  imports: Map<string, string[]>
}

const { values, positionals } = parseArgs({
  options: { check: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const packagesFolder = join(positionals[0] ?? join(import.meta.dirname, '..'), 'packages')
const all = [...readdirSync(packagesFolder), 'emulator/page'].map(readSources)

if (values.check) check()
else printFigures()

function readSources(name: string): Sources {
  const folder = join(packagesFolder, name, 'src')
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => {
    return /\.(?:tsx?|css)$/.test(path)
  })
  const imports = new Map<string, string[]>()
  let lines = 0
  for (const path of paths.filter((path) => !path.endsWith('.css'))) {
    const text = readFileSync(join(folder, path), 'utf8')
    lines += text.split('\n').length - 1
    imports.set(path, importsOf(path, text))
  }
  return { name, paths, lines, imports }
}

function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(relativeImport)].map((found) => {
    return normalize(join(dirname(path), found[1] ?? found[2] ?? found[3] ?? ''))
  })
}

function check(): void {
  const found = all.flatMap((one) => [
    ...crowdedFolders(one).map((folder) => `${folder}: more than ${mostFilesInFolder} files`),
    ...cyclesOf(one).map((files) => `import cycle: ${files.join(', ')}`),
    ...twoWayFolders(one).map((pair) => `imports go both ways: ${pair}`),
  ])
  for (const line of found) console.error(line)
  if (found.length > 0) process.exitCode = 1
  else console.log(`the sources of ${all.length} packages are laid out as planned`)
}

function printFigures(): void {
  const heads = [
    'package',
    'files',
    'lines',
    'imports/1,000 lines',
    'cycles',
    'two-way',
    'most files in',
  ]
  const rows = all.map((one) => {
    const [folder, files] = largestFolder(one)
    return [
      ...[one.name, one.imports.size, one.lines, imported([one])],
      ...[cyclesOf(one).length, twoWayFolders(one).length, `${folder}: ${files}`],
    ].map(String)
  })
  const files = sum(all, ({ imports }) => imports.size)
  rows.push([
    'all',
    String(files),
    String(sum(all, ({ lines }) => lines)),
    imported(all),
    '',
    '',
    '',
  ])
  for (const row of [heads, ...rows]) {
    const [name = '', ...cells] = row
    const folder = cells.pop() ?? ''
    const figures = cells.map((cell, column) => cell.padStart((heads[column + 1] ?? '').length + 2))
    console.log(`${name.padEnd(14)}${figures.join('')}   ${folder}`)
  }
}

/** Relative imports per 1,000 lines. */
function imported(some: Sources[]): string {
  const count = sum(some, ({ imports }) => [...imports.values()].flat().length)
  return ((1_000 * count) / sum(some, ({ lines }) => lines)).toFixed(0)
}

function sum(some: Sources[], count: (one: Sources) => number): number {
  return some.reduce((total, one) => total + count(one), 0)
}

/** How many files lie in each folder, by its path from `packages/`. */
function filesInFolders({ name, paths }: Sources): Map<string, number> {
  const counts = new Map<string, number>()
  for (const path of paths) {
    const folder = normalize(join(name, 'src', dirname(path)))
    counts.set(folder, (counts.get(folder) ?? 0) + 1)
  }
  return counts
}

function largestFolder(one: Sources): [string, number] {
  return [...filesInFolders(one)].reduce((most, next) => (next[1] > most[1] ? next : most))
}

function crowdedFolders(one: Sources): string[] {
  return [...filesInFolders(one)]
    .filter(
      ([folder, files]) => files > mostFilesInFolder && !catalogues.includes(basename(folder)),
    )
    .map(([folder, files]) => `packages/${folder} has ${files} files`)
}

function twoWayFolders({ name, imports }: Sources): string[] {
  const arrows = new Set<string>()
  for (const [path, targets] of imports) {
    const from = dirname(path)
    for (const to of targets.map(dirname)) if (from !== to) arrows.add(`${from} -> ${to}`)
  }
  return [...arrows]
    .map((arrow) => arrow.split(' -> ') as [string, string])
    .filter(([from, to]) => from !== '.' && from < to && arrows.has(`${to} -> ${from}`))
    .map(([from, to]) => `packages/${name}/src/${from} and ${to}`)
}

/** Groups of files of which each reaches each other one. */
function cyclesOf({ name, imports }: Sources): string[][] {
  const reached = new Map([...imports.keys()].map((file) => [file, reachedFrom(file, imports)]))
  const cycles = new Map<string, string[]>()
  for (const [file, others] of reached) {
    if (!others.has(file)) continue
    const members = [...others].filter((other) => reached.get(other)?.has(file)).sort()
    cycles.set(members.join(), members)
  }
  return [...cycles.values()].map((files) => files.map((file) => `packages/${name}/src/${file}`))
}

function reachedFrom(start: string, imports: Map<string, string[]>): Set<string> {
  const reached = new Set<string>()
  const open = [start]
  for (let file = open.pop(); file !== undefined; file = open.pop()) {
    const next = (imports.get(file) ?? []).filter((other) => !reached.has(other))
    for (const other of next) reached.add(other)
    open.push(...next)
  }
  return reached
}
