/**
 * A software bill of materials (CycloneDX) for each package: what npm installs with it, which pnpm
 * knows, and what is bundled into it, which no audit of installed packages sees.
 *
 * @see https://cyclonedx.org/docs/1.7/json/
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Spec, Validation } from '@cyclonedx/cyclonedx-library'
import { manifestOf, root } from './pack.ts'
import { filesOf } from './tarball.ts'

export interface Bom {
  metadata: { component: Component }
  components: Component[]
  dependencies: { ref: string; dependsOn: string[] }[]
}

interface Component {
  type: string
  'bom-ref': string
  group?: string
  name: string
  version: string
  purl: string
  licenses?: ({ license: { id?: string; name?: string } } | { expression: string })[]
  hashes?: { alg: string; content: string }[]
  properties?: { name: string; value: string }[]
}

/** Licences that go with ours, Apache-2.0, and ask for no more than their text. */
const allowedLicences = ['Apache-2.0', 'MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD']

/** CycloneDX's own name for a bundled package, see its taxonomy of npm's properties. */
const bundled = { name: 'cdx:npm:package:bundled', value: 'true' }

/**
 * The bills of all packages.
 *
 * @param tarballs their paths, by the packages' folders
 */
export async function bomsOf(tarballs: ReadonlyMap<string, string>): Promise<Map<string, Bom>> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-sbom-'))
  try {
    const filters = [...tarballs.keys()].map((name) => `--filter=./packages/${name}`)
    const options = ['--sbom-format=cyclonedx', '--prod', '--split', `--out=${folder}/%s.json`]
    await promisify(execFile)('npx', ['-y', 'pnpm@12', 'sbom', ...options, ...filters], {
      cwd: root,
    })
    const packed = await Promise.all(
      [...tarballs].map(async ([name, path]) => ({ name, path, bom: await readBom(folder, name) })),
    )
    const bundles = new Map(
      packed.map(({ path, bom }) => [bom.metadata.component.purl, bundledIn(path)]),
    )
    return new Map(
      packed.map(({ name, path, bom }) => [name, withDigest(withBundled(bom, bundles), path)]),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function readBom(folder: string, name: string): Promise<Bom> {
  const { name: full } = await manifestOf(name)
  const file = join(folder, `${full.replace('@', '').replace('/', '-')}.json`)
  return JSON.parse(await readFile(file, 'utf8'))
}

/** With what is bundled into the package, and into those of ours that it needs. */
function withBundled(bom: Bom, bundles: ReadonlyMap<string, Component[]>): Bom {
  const components = new Map(bom.components.map((one) => [one.purl, one]))
  const dependsOn = new Map(bom.dependencies.map((one) => [one.ref, one.dependsOn]))
  for (const purl of [bom.metadata.component.purl, ...components.keys()]) {
    for (const one of bundles.get(purl) ?? []) {
      if (!components.has(one.purl)) components.set(one.purl, one)
      if (!dependsOn.has(one.purl)) dependsOn.set(one.purl, [])
      dependsOn.get(purl)?.push(one.purl)
    }
  }
  return {
    ...bom,
    components: [...components.values()],
    dependencies: [...dependsOn].map(([ref, on]) => ({ ref, dependsOn: [...new Set(on)] })),
  }
}

function withDigest(bom: Bom, tarball: string): Bom {
  const content = createHash('sha512').update(readFileSync(tarball)).digest('hex')
  const component = { ...bom.metadata.component, hashes: [{ alg: 'SHA-512', content }] }
  return { ...bom, metadata: { ...bom.metadata, component } }
}

/** The lists at the top of `licences.txt`: `path-to-regexp 8.4.2 (MIT)`. */
function bundledIn(tarball: string): Component[] {
  const files = filesOf(tarball)
  const texts = ['dist/licences.txt', 'dist/page/licences.txt'].map((path) => files.get(path))
  const lists = texts.map((text) => text?.toString().split('\n\n', 1)[0] ?? '')
  const found = [...lists.join('\n').matchAll(/^(?:(@[^/\s]+)\/)?(\S+) (\S+) \((.+)\)$/gm)]
  const components = found.map(([, group, name = '', version = '', licence = '']) => {
    return bundledComponent({ group, name, version, licence })
  })
  return [...new Map(components.map((one) => [one.purl, one])).values()]
}

interface Listed {
  group: string | undefined
  name: string
  version: string
  licence: string
}

function bundledComponent({ group, name, version, licence }: Listed): Component {
  const purl = `pkg:npm/${group ? `${group.replace('@', '%40')}/` : ''}${name}@${version}`
  return {
    type: 'library',
    'bom-ref': purl,
    ...(group && { group }),
    name,
    version,
    purl,
    licenses: [{ license: { id: licence } }],
    properties: [bundled],
  }
}

/** Resolves to what CycloneDX's own schema has against a bill; undefined if nothing. */
export async function schemaErrors(bom: Bom): Promise<unknown> {
  const validator = new Validation.JsonStrictValidator(Spec.Version.v1dot7)
  return (await validator.validate(JSON.stringify(bom))) ?? undefined
}

/** A line for each package whose licence asks for more than its text, or is unknown. */
export function foreignLicences({ components }: Bom): string[] {
  return components
    .filter((one) => !licencesOf(one).some((licence) => allowedLicences.includes(licence)))
    .map((one) => `${one.purl}: ${licencesOf(one).join(', ') || 'no licence'}`)
}

function licencesOf({ licenses = [] }: Component): string[] {
  return licenses.flatMap((one) => {
    if ('expression' in one) return one.expression.replaceAll(/[()]/g, '').split(' OR ')
    return one.license.id ?? one.license.name ?? []
  })
}
