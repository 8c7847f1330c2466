import { randomBytes } from 'node:crypto'
import type { Account } from '../../accounts.ts'
import { createInstanceSessions, type InstanceSessions } from './instance-sessions.ts'

/** An AWS account that AWS's own documentation uses. */
const awsAccount = '111122223333'

/** An EC2 instance, as far as its metadata service tells. */
export interface AwsInstance {
  readonly id: string
  readonly availabilityZone: string
  /** The IAM role of its profile, named after the service account. */
  readonly role: string
  /** Who AWS says it is. */
  readonly arn: string
  readonly credentials: AwsCredentials
  readonly sessions: InstanceSessions
}

/** Temporary credentials of a role. */
export interface AwsCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string
}

/**
 * A new instance, with credentials that nothing else knows.
 *
 * @param account the service account that it may become
 * @param now milliseconds since the epoch
 */
export function createAwsInstance({ email }: Account, now: () => number): AwsInstance {
  const id = `i-${randomBytes(9).toString('hex').slice(1)}`
  const role = roleName(email)
  return {
    id,
    availabilityZone: 'us-east-1a',
    role,
    arn: `arn:aws:sts::${awsAccount}:assumed-role/${role}/${id}`,
    credentials: newCredentials(),
    sessions: createInstanceSessions(now),
  }
}

/** Of what IAM allows in a role's name: it goes into a path. */
function roleName(email: string): string {
  return email
    .slice(0, email.indexOf('@'))
    .replace(/[^\w.-]/g, '-')
    .slice(0, 64)
}

/** Base64 with its `+`, `/` and `=`, as AWS's: clients have to encode them. */
function newCredentials(): AwsCredentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(160).toString('base64'),
  }
}
