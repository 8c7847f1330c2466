/**
 * Where the project lives: `repository.json` holds its URL, for example
 * `https://github.com/OWNER/NAME`, and is the only file that does. As long as it is empty, packages
 * are packed without `repository`, `homepage` and `bugs`, and a real release is refused.
 */
import { readFileSync } from 'node:fs'

const { url } = JSON.parse(
  readFileSync(new URL('repository.json', import.meta.url), 'utf8'),
) as Repository

export interface Repository {
  /** Without a slash at the end. Empty: there is no public repository yet. */
  url: string
}

export const repository: Repository = { url }

/** The fields of a manifest that follow from it; none without a repository. */
export function linksOf(folder: string, { url } = repository): object {
  if (url === '') return {}
  return {
    repository: { type: 'git', url: `git+${url}.git`, directory: `packages/${folder}` },
    homepage: `${url}/tree/main/packages/${folder}#readme`,
    bugs: `${url}/issues`,
  }
}

/** Where weaknesses are reported. */
export function advisoriesUrl({ url } = repository): string {
  return url === '' ? '' : `${url}/security/advisories/new`
}
