import type { Environment } from '@countersign/shared/environment'
import { didYouMean, quotedList } from '../file/shapes.ts'
import { PolicyError } from '../policy-error.ts'
import type { EnvironmentEntry, PolicyFile } from '../policy-file.ts'

/** The environment that a policy is resolved for. */
interface ChosenEnvironment {
  /** Undefined if the file has no environments. */
  name: string | undefined
  entry: Partial<EnvironmentEntry>
}

/** The environment of that name. Without a name it is the only one of the file, if there is only one. */
export function chooseEnvironment(
  { environments = {} }: PolicyFile,
  asked: string | undefined,
): ChosenEnvironment {
  const known = Object.keys(environments)
  const name = asked ?? onlyOne(known)
  if (name === undefined) return { name, entry: {} }
  const entry = Object.hasOwn(environments, name) ? environments[name] : undefined
  return { name, entry: entry ?? refuseUnknown(name, known) }
}

function onlyOne(known: readonly string[]): string | undefined {
  if (known.length <= 1) return known[0]
  throw new PolicyError({
    code: 'environment_missing',
    problem: `the policy has environments (${quotedList(known)}), and none was chosen`,
    hint: `pass { environment: ${JSON.stringify(known[0])} }, or set COUNTERSIGN_ENVIRONMENT`,
    path: 'environments',
  })
}

function refuseUnknown(name: string, known: readonly string[]): never {
  const choice = `choose one of ${quotedList(known)}${didYouMean(name, known)}, or add it`
  throw new PolicyError({
    code: 'environment_unknown',
    problem: `the policy has no environment "${name}"`,
    hint: known.length === 0 ? 'add "environments" to the file, or choose none' : choice,
    path: 'environments',
  })
}

/** The name of an environment in `COUNTERSIGN_ENVIRONMENT`. */
export function environmentNameOf(env: Environment): string | undefined {
  return env.COUNTERSIGN_ENVIRONMENT || undefined
}
