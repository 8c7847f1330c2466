import { checkFile } from './file/check-file.ts'
import { readDocument } from './file/document.ts'
import type { PolicyFile } from './policy-file.ts'

/**
 * The names of a policy's environments; none where it has none. Checks what the file says, whatever
 * the environment.
 *
 * @param source the path or `file:` URL of a policy file, or what it holds as an object
 * @throws {@link PolicyError} `policy_unreadable`, `policy_invalid`
 */
export async function policyEnvironments(
  source: string | URL | PolicyFile,
): Promise<readonly string[]> {
  const { environments = {} } = checkFile(await readDocument(source))
  return Object.keys(environments)
}
