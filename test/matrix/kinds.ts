/** The rows of the matrix: how projects compile, bundle and test a service that uses the packages. */
import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { filesFor, playsOf } from '../docs/_plays.ts'
import { nest, next } from './frameworks.ts'
import type { Shell } from './shell.ts'

export interface Kind {
  readonly name: string
  /** The folder that its dependencies are installed in. */
  readonly project: 'plain' | 'docs' | 'next' | 'nest-esm' | 'nest-cjs'
  /** The files that it has of its own, beside the policy. */
  readonly files: Record<string, string | object>
  check(shell: Shell): Promise<unknown>
}

const service = await readFile(new URL('service.ts', import.meta.url), 'utf8')
const withoutTypes = stripTypeScriptTypes(service)
const asCommonJs = withoutTypes
  .replaceAll(/^import (\{[^}]*\}|\w+) from ('[^']+')/gm, 'const $1 = require($2)')
  .replace('export async function', 'exports.checkPackages = checkPackages\nasync function')

const program = "checkPackages().then((held) => console.log(held.join('\\n')))\n"
const test =
  "test('the packages', async () => { expect(await checkPackages()).toHaveLength(7) }, 60_000)\n"
const strict = { strict: true, target: 'es2023', lib: ['es2023'], types: ['node'], outDir: 'out' }
const node10 = { ...strict, module: 'commonjs', esModuleInterop: true }
const asModule = { 'service.mjs': withoutTypes, 'main.mjs': imported('./service.mjs') + program }
const required = "const { checkPackages } = require('./service.js')\n"

const nodeEsm: Kind = plain('ESM', asModule, (shell) => shell.service('main.mjs'))

const nodeCjs: Kind = plain(
  'CommonJS',
  { 'service.js': asCommonJs, 'main.js': required + program },
  (shell) => shell.service('main.js'),
)

const jest: Kind = plain(
  'Jest',
  {
    'service.js': asCommonJs,
    'service.test.js': required + test,
    'jest.config.js': 'module.exports = {}',
  },
  (shell) => shell.run('jest'),
)

const tsJest: Kind = plain(
  'ts-jest',
  {
    'service.ts': service,
    'service.test.ts': imported('./service') + test,
    'jest.config.js': "module.exports = { preset: 'ts-jest' }",
    'tsconfig.json': { compilerOptions: { ...node10, types: ['node', 'jest'] } },
  },
  (shell) => shell.run('jest'),
)

const vitest: Kind = plain(
  'Vitest',
  {
    'service.ts': service,
    'service.test.ts': `import { expect, test } from 'vitest'\n${imported('./service')}${test}`,
  },
  (shell) => shell.run('vitest', 'run', '--root=.'),
)

const forNode = ['main.mjs', '--bundle', '--platform=node', '--log-level=warning']

export const esbuildCjs: Kind = plain('esbuild, CommonJS', asModule, async (shell) => {
  await shell.run('esbuild', ...forNode, '--format=cjs', '--outfile=out/main.cjs')
  await shell.bundle('out/main.cjs')
})

/** Express is left out, since it requires Node's modules; minified, as for a small image. */
const esbuildEsm: Kind = plain('esbuild, ESM', asModule, async (shell) => {
  const options = ['--format=esm', '--external:express', '--minify', '--outfile=out/main.mjs']
  await shell.run('esbuild', ...forNode, ...options)
  await shell.bundle('out/main.mjs')
})

const webpack: Kind = plain(
  'webpack',
  {
    ...asModule,
    'webpack.mjs': `import webpack from 'webpack'
const output = { path: import.meta.dirname + '/out', filename: 'main.cjs' }
webpack({ mode: 'production', target: 'node22', entry: './main.mjs', output }, (error, stats) => {
  if (error || stats.hasErrors()) throw error ?? new Error(stats.toString())
})\n`,
  },
  async (shell) => {
    await shell.run('node', 'webpack.mjs')
    await shell.bundle('out/main.cjs')
  },
)

const rollup: Kind = plain(
  'rollup',
  {
    ...asModule,
    'rollup.config.mjs': `import commonjs from '@rollup/plugin-commonjs'
import json from '@rollup/plugin-json'
import { nodeResolve } from '@rollup/plugin-node-resolve'
const resolve = nodeResolve({ exportConditions: ['node'], preferBuiltins: true })
export default {
  input: 'main.mjs',
  output: { dir: 'out', entryFileNames: '[name].mjs' },
  external: /^node:/,
  plugins: [resolve, commonjs(), json()],
}\n`,
  },
  async (shell) => {
    await shell.run('rollup', '--config', 'rollup.config.mjs', '--silent')
    await shell.bundle('out/main.mjs')
  },
)

const nodenext: Kind = typescript('nodenext', './service.js', { ...strict, module: 'nodenext' })

const bundler: Kind = typescript('bundler', './service', {
  ...strict,
  module: 'esnext',
  moduleResolution: 'bundler',
  esModuleInterop: true,
})

export const typescriptNode10: Kind = typescript('node10', './service', node10)

/** What README and package READMEs show is run; TypeScript is made JavaScript for the oldest Node. */
async function docs(): Promise<Kind> {
  const plays = playsOf((page) => page === 'README.md' || page.startsWith('packages/'))
  const asJavaScript = plays.map((play) => ({ ...play, file: play.file.replace(/ts$/, 'js') }))
  const shown = Object.entries(filesFor(plays))
  const sources = Object.fromEntries(shown.filter(([path]) => path.endsWith('.ts')))
  const others = shown.filter(([path]) => !path.endsWith('.ts'))
  sources['play.ts'] = await readFile(new URL('../docs/play.ts', import.meta.url), 'utf8')
  return {
    name: 'docs',
    project: 'docs',
    files: {
      'package.json': { private: true, type: 'module' },
      ...sources,
      ...Object.fromEntries(others.map(([path, text]) => [`out/${path}`, text])),
      'out/plays.json': asJavaScript,
    },
    async check(shell) {
      const options = ['--outdir=out', '--outbase=.', '--format=esm', '--target=node22']
      await shell.run('esbuild', ...Object.keys(sources), ...options)
      await shell.run('node', 'out/play.js', 'out')
    },
  }
}

export const kinds: readonly Kind[] = [
  nodeEsm,
  nodeCjs,
  nodenext,
  bundler,
  typescriptNode10,
  jest,
  tsJest,
  vitest,
  esbuildCjs,
  esbuildEsm,
  webpack,
  rollup,
  await docs(),
  next(service),
  nest('esm', service, imported('./service.js') + test),
  nest('cjs', service, imported('./service') + test),
]

function plain(name: string, files: Kind['files'], check: Kind['check']): Kind {
  return { name, project: 'plain', files, check }
}

/** All libraries' types are checked too. */
function typescript(
  resolution: string,
  from: string,
  { module, ...more }: { module: string; [option: string]: unknown },
): Kind {
  const files = {
    'service.ts': service,
    'main.ts': imported(from) + program,
    'package.json': { type: module === 'commonjs' ? 'commonjs' : 'module' },
    'tsconfig.json': { compilerOptions: { module, ...more }, include: ['*.ts'] },
  }
  return plain(`TypeScript, ${resolution}`, files, async (shell) => {
    await shell.run('tsc')
    if (resolution !== 'bundler') return shell.service('out/main.js')
    const options = ['--bundle', '--packages=external', '--platform=node', '--format=esm']
    await shell.run('esbuild', 'out/main.js', ...options, '--outfile=out/bundle.js')
    await shell.service('out/bundle.js')
  })
}

function imported(from: string): string {
  return `import { checkPackages } from '${from}'\n`
}
