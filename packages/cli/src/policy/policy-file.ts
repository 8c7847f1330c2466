import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadPolicy, type Policy } from '@countersign/policy'
import { usageFailure } from '../command-line/failure.ts'

/** A loaded policy, and its folder. */
export interface PolicyOnDisk {
  policy: Policy
  /** The folder of the policy file, in which the services' commands run. */
  folder: string
}

const usualNames = ['countersign.jsonc', 'countersign.json']

/**
 * Loads the policy that the command line names, or else the one in the current folder.
 *
 * @param environment one of its environments; if undefined, that of `COUNTERSIGN_ENVIRONMENT`
 */
export async function readPolicy(
  given: string | undefined,
  environment: string | undefined,
): Promise<PolicyOnDisk> {
  const file = policyPath(given)
  const policy = await loadPolicy(file, environment === undefined ? {} : { environment })
  return { policy, folder: dirname(file) }
}

/** The path of the policy that the command line names, or else of the one in the current folder. */
export function policyPath(given: string | undefined): string {
  return resolve(given ?? usualFile())
}

function usualFile(): string {
  const found = usualNames.find((name) => existsSync(name))
  if (found !== undefined) return found
  throw usageFailure(
    `There is no ${usualNames.join(' or ')} in this folder`,
    'Write the path of the policy file on the command line, or change to its folder.',
  )
}
