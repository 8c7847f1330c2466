import { usageFailure } from './failure.ts'
import type { ServiceEnvironment } from './running-emulator.ts'

/** How an environment can be written. */
export const environmentFormats = ['dotenv', 'compose', 'shell'] as const

/** One of them. */
export type EnvironmentFormat = (typeof environmentFormats)[number]

/**
 * Writes an environment.
 *
 * @param env name to value
 * @param format how
 * @throws {@link Failure} for a value that this format can't hold
 */
export function writeEnvironment(env: ServiceEnvironment, format: EnvironmentFormat): string {
  const lines = Object.entries(env).map(([name, value]) => writers[format](name, value))
  return [...(format === 'compose' ? ['environment:'] : []), ...lines].join('\n')
}

const writers: Readonly<Record<EnvironmentFormat, (name: string, value: string) => string>> = {
  dotenv: (name, value) =>
    `${name}=${/^[\w./:@-]*$/.test(value) ? value : dotenvQuoted(name, value)}`,
  // A JSON string is a YAML string; compose takes $ for a variable of its own.
  compose: (name, value) => `  ${name}: ${JSON.stringify(value).replaceAll('$', '$$$$')}`,
  shell: (name, value) => `export ${name}='${value.replaceAll("'", "'\\''")}'`,
}

/** Readers differ in what they escape, and agree on what single quotes hold. */
function dotenvQuoted(name: string, value: string): string {
  if (!value.includes("'")) return `'${value}'`
  if (!/["\\$]/.test(value)) return `"${value}"`
  throw usageFailure(
    `${name} holds quotes that not every reader of such files understands`,
    'Write --format shell, or --json.',
  )
}
