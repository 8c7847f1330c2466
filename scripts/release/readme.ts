import { posix } from 'node:path'
import { type Repository, repository } from './repository.ts'

export interface Place {
  /** The package's folder below `packages/`. */
  folder: string
  /** The commit, branch or tag that the links lead to. */
  tag: string
}

const relativeLink = /(?<!!)\[([^\]]+)\]\((?![a-z]+:|#)([^)#]+)(#[^)]*)?\)/g

/**
 * A README as it is packed. Links into the repository lead nowhere from npm and `node_modules`, so
 * that they lead to the repository's page; without a repository, the file is named instead.
 */
export function packedReadme(
  text: string,
  { folder, tag }: Place,
  { url } = repository as Repository,
): string {
  return text.replaceAll(relativeLink, (_all, title: string, link: string, anchor = '') => {
    const path = posix.join('packages', folder, link)
    if (url !== '') return `[${title}](${url}/blob/${tag}/${path}${anchor})`
    return `${title} (\`${path}\` of the repository)`
  })
}
