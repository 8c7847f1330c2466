import { randomBytes } from 'node:crypto'

/** Clients open one or two for each subject token. */
const maxSessions = 1_000

/** Sessions of an instance's metadata service (IMDSv2). */
export interface InstanceSessions {
  /** The token of a new one. */
  open(ttlSeconds: number): string
  /** Whether a token is that of one which hasn't expired. */
  isOpen(token: string): boolean
}

/**
 * A store of sessions that keeps the newest.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html
 *
 * @param now milliseconds since the epoch
 */
export function createInstanceSessions(now: () => number): InstanceSessions {
  const expiries = new Map<string, number>()
  return {
    open: (ttlSeconds) => {
      const token = randomBytes(42).toString('base64')
      expiries.set(token, now() + ttlSeconds * 1000)
      const [oldest] = expiries.keys()
      if (oldest !== undefined && expiries.size > maxSessions) expiries.delete(oldest)
      return token
    },
    isOpen: (token) => (expiries.get(token) ?? 0) > now(),
  }
}
