/**
 * Keeps the arrows between the packages one-way: a package that grows an import nobody planned is
 * how a framework-free core ends up needing Express. The table is ARCHITECTURE.md's.
 */
import { readdirSync, readFileSync } from 'node:fs'

const root = new URL('..', import.meta.url)

/** What each package may import of ours: at run time, or types only. */
const arrows: Record<string, { runtime: string[]; types: string[] }> = {
  shared: { runtime: [], types: [] },
  receiver: { runtime: ['shared'], types: [] },
  caller: { runtime: ['shared'], types: [] },
  express: { runtime: ['shared', 'receiver', 'caller'], types: [] },
  koa: { runtime: ['shared', 'receiver', 'caller'], types: [] },
  policy: { runtime: ['shared'], types: ['receiver', 'caller'] },
  emulator: { runtime: ['shared', 'policy'], types: [] },
  'emulator/page': { runtime: [], types: ['emulator', 'receiver'] },
  testing: { runtime: ['shared'], types: ['receiver'] },
  opentelemetry: { runtime: ['shared'], types: ['receiver', 'caller'] },
  cli: { runtime: ['shared', 'receiver', 'caller', 'emulator', 'policy'], types: [] },
}

/** Where one of ours is imported: at the top, and by `import()` in code that is no comment. */
const importsOfOurs = [
  /^(?:import|export) (?<types>type )?(?:[^'"]*?from )?['"]@countersign\/(?<to>[a-z]+)/gm,
  /^(?! *(?:\*|\/\/)).*?(?<types>typeof )?import\(['"]@countersign\/(?<to>[a-z]+)/gm,
]

function violations(name: string): string[] {
  const { runtime, types } = arrows[name] ?? { runtime: [], types: [] }
  return sources(name).flatMap((file) =>
    importsIn(readFileSync(file, 'utf8'))
      .filter(({ groups }) => {
        const to = groups?.to ?? ''
        return !runtime.includes(to) && !(groups?.types && types.includes(to))
      })
      .map(([line]) => `${file.pathname.slice(root.pathname.length)}: ${line}`),
  )
}

function importsIn(text: string): RegExpMatchArray[] {
  return importsOfOurs.flatMap((pattern) => [...text.matchAll(pattern)])
}

function sources(name: string): URL[] {
  const folder = new URL(`packages/${name}/src/`, root)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.tsx?$/.test(file))
    .map((file) => new URL(file, folder))
}

const packages = [...readdirSync(new URL('packages/', root)), 'emulator/page']
const unknown = packages.filter((name) => !(name in arrows))
const found = [
  ...unknown.map((name) => `packages/${name}: not in the table of scripts/check-arrows.ts`),
  ...packages.flatMap(violations),
]
for (const line of found) console.error(`arrow not allowed: ${line}`)
if (found.length > 0) process.exitCode = 1
else console.log(`arrows between ${packages.length} packages are as planned`)
