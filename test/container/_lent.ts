import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** Variables that Docker hands on to a build, and what registries want. */
const variables = [
  'NODE_EXTRA_CA_CERTS',
  'npm_config_registry',
  ...['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
]

/** The environment of the machine, as far as a step of a build has it. */
export function lentEnvironment(): NodeJS.ProcessEnv {
  const known = variables.filter((name) => process.env[name] !== undefined)
  return Object.fromEntries(known.map((name) => [name, process.env[name]]))
}

/**
 * Files of the machine that a step of a build sees, by where: how names are resolved, what registries want;
 * and what a cache mount would hold, so that not all is downloaded anew.
 */
export function lentFiles(): Record<string, string> {
  const { NODE_EXTRA_CA_CERTS: certificates } = process.env
  const lent: Record<string, string> = {
    '/etc/resolv.conf': '/etc/resolv.conf',
    '/etc/hosts': '/etc/hosts',
    ...(certificates && { [certificates]: certificates }),
    ...Object.fromEntries(
      ['.npmrc', '.npm', '.local/share/pnpm/store'].map((path) => {
        return [join('/root', path), join(homedir(), path)]
      }),
    ),
  }
  return Object.fromEntries(Object.entries(lent).filter(([, outside]) => existsSync(outside)))
}

/** Something in a root to mount each of them on. */
export function makePlaces(root: string): void {
  for (const [inside, outside] of Object.entries(lentFiles()))
    makePlace(outside, join(root, inside))
}

function makePlace(outside: string, inside: string): void {
  if (statSync(outside).isDirectory()) return void mkdirSync(inside, { recursive: true })
  mkdirSync(dirname(inside), { recursive: true })
  writeFileSync(inside, '')
}
