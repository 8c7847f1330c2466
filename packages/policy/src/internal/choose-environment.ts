import { didYouMean, quotedList } from '../file/shapes.ts'
import { PolicyError } from '../policy-error.ts'
import type { EnvironmentEntry, PolicyFile } from '../policy-file.ts'

/** The environment of that name; nothing to fill in where the file has none and none was asked. */
export function chooseEnvironment(
  { environments = {} }: PolicyFile,
  name: string | undefined,
): Partial<EnvironmentEntry> {
  const known = Object.keys(environments)
  if (name === undefined) {
    if (known.length === 0) return {}
    throw new PolicyError({
      code: 'environment_missing',
      problem: `the policy has environments (${quotedList(known)}), and none was chosen`,
      hint: `pass { environment: ${JSON.stringify(known[0])} }, or set COUNTERSIGN_ENVIRONMENT`,
      path: 'environments',
    })
  }
  const environment = Object.hasOwn(environments, name) ? environments[name] : undefined
  return environment ?? refuseUnknown(name, known)
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
