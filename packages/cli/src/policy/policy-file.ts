import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { loadPolicy, type Policy, policyEnvironments } from '@countersign/policy'
import { readEnvironment } from '@countersign/shared/environment'
import { usageFailure } from '../command-line/failure.ts'

/** A loaded policy, and its file. */
export interface PolicyOnDisk {
  policy: Policy
  file: string
  /** The folder of the policy file, in which the services' commands run. */
  folder: string
}

const usualNames = ['countersign.jsonc', 'countersign.json']

/**
 * Loads the policy that the command line names, or else the one in the current folder.
 *
 * @param environment one of its environments; if undefined, that of `COUNTERSIGN_ENVIRONMENT`, or else
 *   the only one
 */
export async function readPolicy(
  given: string | undefined,
  environment: string | undefined,
): Promise<PolicyOnDisk> {
  const file = policyPath(given)
  const chosen = environment ?? (await onlyEnvironment(file))
  const policy = await loadPolicy(file, chosen === undefined ? {} : { environment: chosen })
  return { policy, file, folder: dirname(file) }
}

/** A policy with a single environment leaves no choice. */
async function onlyEnvironment(file: string): Promise<string | undefined> {
  if (readEnvironment().COUNTERSIGN_ENVIRONMENT) return undefined
  const [only, ...others] = await policyEnvironments(file)
  return others.length === 0 ? only : undefined
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
