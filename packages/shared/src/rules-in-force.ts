import { assertKnown, assertObject, printed } from './checks.ts'

/** Rules that are followed: what `health()` shows of them, and the log when they change. */
export interface RulesInForce<Rules> {
  /** Notes which rules count now, and logs them unless the same ones counted before. */
  take(rules: Rules): void
  /** Those that were taken last. */
  known(): Rules & { since: Date }
}

/**
 * Notes which rules count and since when. They are logged at the start and whenever they change: so that
 * an audit finds in the log who could call what at a given time.
 */
export function createRulesInForce<Rules extends object>({
  write,
  now,
}: {
  write: (rules: Rules) => void
  now: () => number
}): RulesInForce<Rules> {
  let known: (Rules & { since: Date }) | undefined
  let text: string | undefined
  return {
    take(rules) {
      const next = JSON.stringify(rules)
      // A `latest` that answers with a new object each time must not cause a line at each call.
      if (next === text) return
      text = next
      known = { ...rules, since: new Date(now()) }
      write(rules)
    },
    known: () => known as Rules & { since: Date },
  }
}

/** Which policy rules come from. */
export interface PolicyVersion {
  digest: string
  environment?: string
  /** The name of the service that has them, for errors; only a caller's has it. */
  service?: string
}

/** Checks the `policy` option, which says where rules come from. */
export function assertPolicyVersion(
  value: unknown,
  where: string,
  more: readonly 'service'[] = [],
): asserts value is PolicyVersion | undefined {
  if (value === undefined) return
  assertObject(value, where)
  assertKnown(value, ['digest', 'environment', ...more], where)
  const { digest, environment, service } = value as Partial<Record<string, unknown>>
  if (typeof digest !== 'string' || digest === '') {
    throw new TypeError(
      `${where}.digest must be a string, but is ${printed(digest)}: write the SHA-256 of the policy`,
    )
  }
  assertName(environment, `${where}.environment`)
  assertName(service, `${where}.service`)
}

function assertName(value: unknown, where: string): void {
  if (value === undefined || typeof value === 'string') return
  throw new TypeError(`${where} must be a string, but is ${printed(value)}: write its name`)
}

/** The digest of the policy, if rules come from one; else of the rules themselves, which have a name. */
export function digestOf<Name extends string>(
  name: Name,
  rules: object,
  policy: PolicyVersion | undefined,
): { digest: string; digestOf: 'policy' | Name; environment?: string } {
  if (policy === undefined) return { digest: sha256(JSON.stringify(rules)), digestOf: name }
  const { digest, environment } = policy
  return { digest, digestOf: 'policy', ...(environment !== undefined && { environment }) }
}

/** SHA-256 in hex, as `sha256sum` prints it. `node:crypto` is loaded when needed: at a cold start it may never be. */
export function sha256(text: string): string {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(text).digest('hex')
}

const mostNamed = 50
const longestName = 500

/** The most entries that a log line names, since Cloud Logging cuts at 256 KB. All are counted beside them. */
export function firstOf(lines: readonly string[]): string[] {
  return lines
    .slice(0, mostNamed)
    .map((line) => (line.length > longestName ? `${line.slice(0, longestName)}…` : line))
}

/** The operations that a rule allows, in the words of both sides. */
export function operationsOf({
  methods,
  paths,
}: {
  methods?: readonly string[]
  paths?: readonly string[]
}): string {
  return `${methods?.join(', ') ?? 'any method'} on ${paths?.join(', ') ?? 'any path'}`
}
