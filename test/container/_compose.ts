import { readFileSync } from 'node:fs'
import { parse } from 'yaml'

/** The folder that the repository is. */
export const root: URL = new URL('../../', import.meta.url)

/** A service of docker/compose.yaml. */
export interface ComposeService {
  readonly environment?: Readonly<Record<string, string>>
  readonly command?: readonly string[]
  readonly build: { readonly target?: string; readonly context: string }
}

/** docker/compose.yaml, by service. */
export const compose: Readonly<Record<string, ComposeService>> = parse(
  readFileSync(new URL('docker/compose.yaml', root), 'utf8'),
  { merge: true },
).services
