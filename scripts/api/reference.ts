/** docs/api: the public surface of each package, out of its docstrings. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Application, type TypeDocOptions } from 'typedoc'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Where the pages are. */
export const apiFolder: string = join(root, 'docs/api')

const packages = [
  ...['express', 'koa', 'receiver', 'caller', 'policy', 'emulator', 'testing', 'opentelemetry'],
]

/** The pages as they should be, by their file names. */
export async function apiPages(): Promise<Map<string, string>> {
  const out = await mkdtemp(join(tmpdir(), 'countersign-api-'))
  try {
    await writePages(out)
    const pages = ['README.md', ...packages.map((name) => `${name}/src.md`)].map(async (file) => {
      const text = await readFile(join(out, file), 'utf8')
      return [flat(file), withFlatLinks(text)] as const
    })
    return new Map(await Promise.all(pages))
  } finally {
    await rm(out, { recursive: true })
  }
}

function flat(file: string): string {
  return file.replace('/src.md', '.md')
}

/** typedoc names a page after its source's folder. */
function withFlatLinks(text: string): string {
  const [first = '', ...rest] = text.split('\n')
  const title = first.replace(/^# (\w+)\/src$/, '# @countersign/$1')
  return [title, ...rest]
    .join('\n')
    .replaceAll(/\[(\w+)\/src\]\(\w+\/src\.md\)/g, '[@countersign/$1]($1.md)')
    .replaceAll(/\]\((?:\.\.\/)?(\w+)\/src\.md/g, ']($1.md')
    .replaceAll(/\]\(src\.md/g, '](')
}

async function writePages(out: string): Promise<void> {
  const options = {
    entryPoints: packages.map((name) => join(root, `packages/${name}/src/index.ts`)),
    tsconfig: join(root, 'scripts/api/tsconfig.json'),
    plugin: [fileURLToPath(import.meta.resolve('typedoc-plugin-markdown'))],
    // By default it would clean out docs.
    out,
    cleanOutputDir: false,
    name: 'Countersign',
    readme: 'none',
    router: 'module',
    disableSources: true,
    excludeInternal: true,
    excludePrivate: true,
    hideBreadcrumbs: true,
    hidePageHeader: true,
    groupOrder: ['Functions', 'Interfaces', 'Type Aliases', 'Classes', 'Variables'],
    expandObjects: false,
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    validation: false,
    treatWarningsAsErrors: false,
    logLevel: 'Error',
  }
  const app = await Application.bootstrapWithPlugins(options as Partial<TypeDocOptions>)
  const project = await app.convert()
  if (!project) throw new Error('the sources have errors: npx -y pnpm@12 check:types')
  await app.outputs.writeOutput({ name: 'markdown', path: out }, project)
}
