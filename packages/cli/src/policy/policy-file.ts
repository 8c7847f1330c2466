import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadPolicy, type Policy } from '@countersign/policy'
import { usageFailure } from '../command-line/failure.ts'

/** A policy, and where it lies. */
export interface PolicyOnDisk {
  policy: Policy
  /** The folder of the file: its commands run there. */
  folder: string
}

const usualNames = ['countersign.jsonc', 'countersign.json']

/**
 * Loads the policy that a command was given, else the one in the current folder.
 *
 * @param environment which environment of it; left out: `COUNTERSIGN_ENVIRONMENT`
 */
export async function readPolicy(
  given: string | undefined,
  environment: string | undefined,
): Promise<PolicyOnDisk> {
  const file = policyPath(given)
  const policy = await loadPolicy(file, environment === undefined ? {} : { environment })
  return { policy, folder: dirname(file) }
}

/** The path of the policy that a command was given, else of the one in the current folder. */
export function policyPath(given: string | undefined): string {
  return resolve(given ?? usualFile())
}

function usualFile(): string {
  const found = usualNames.find((name) => existsSync(name))
  if (found !== undefined) return found
  throw usageFailure(
    `There is no ${usualNames.join(' or ')} in this folder`,
    'Name the policy file on the command line, or go to its folder.',
  )
}
