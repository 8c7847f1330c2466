import type { AwsInstance } from '../google/aws.ts'
import type { Google } from '../google/google.ts'
import {
  type Handler,
  json,
  type Reply,
  type Route,
  type RoutedRequest,
  text,
} from '../http/route.ts'

/** The limit at AWS: six hours. */
const maxTtlSeconds = 21_600
const lifetimeMs = 6 * 3600 * 1000

const base = '^\\/emulator\\/v1\\/aws\\/(?<id>i-[0-9a-f]+)\\/latest'

const notFound = text(404, 'Not Found\n')

/**
 * The metadata services of the EC2 instances of {@link Emulator.awsFederation} (IMDSv2), below
 * `/emulator/v1/aws/INSTANCE/`.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html
 */
export function awsInstanceRoutes({ awsFederation, now }: Google): Omit<Route, 'endpoint'>[] {
  function withInstance(
    answer: (instance: AwsInstance, request: RoutedRequest, path: string) => Reply,
  ): Handler {
    return (request, { id = '', path = '' }) => {
      const instance = awsFederation.instance(id)
      return instance ? answer(instance, request, path) : notFound
    }
  }
  return [
    {
      method: 'PUT',
      path: new RegExp(`${base}\\/api\\/token$`),
      handle: withInstance(openSession),
    },
    {
      method: 'GET',
      path: new RegExp(`${base}\\/meta-data\\/(?<path>.+)$`),
      handle: withInstance((instance, request, path) =>
        metadata(instance, request, { path, now: now() }),
      ),
    },
  ]
}

/**
 * Refuses requests through a proxy, as AWS does: a misconfigured proxy would give the role of its
 * instance to everybody.
 */
function openSession({ sessions }: AwsInstance, { headers }: RoutedRequest): Reply {
  if (headers['x-forwarded-for'] !== undefined) return text(403, 'Forbidden\n')
  const ttl = String(headers['x-aws-ec2-metadata-token-ttl-seconds'])
  const seconds = /^\d{1,5}$/.test(ttl) ? Number(ttl) : 0
  if (seconds < 1 || seconds > maxTtlSeconds) return text(400, 'Bad Request\n')
  const reply = text(200, sessions.open(seconds))
  return { ...reply, headers: { ...reply.headers, 'x-aws-ec2-metadata-token-ttl-seconds': ttl } }
}

function metadata(
  instance: AwsInstance,
  { headers }: RoutedRequest,
  { path, now }: { path: string; now: number },
): Reply {
  const session = String(headers['x-aws-ec2-metadata-token'])
  if (!instance.sessions.isOpen(session)) return text(401, 'Unauthorized\n')
  switch (path) {
    case 'placement/availability-zone':
      return text(200, instance.availabilityZone)
    case 'iam/security-credentials':
    case 'iam/security-credentials/':
      return text(200, instance.role)
    case `iam/security-credentials/${instance.role}`:
      return json(200, roleCredentials(instance, now))
    default:
      return notFound
  }
}

/**
 * Credentials in AWS's form. They are valid as long as the emulator runs, whatever `Expiration`
 * says.
 */
function roleCredentials({ credentials }: AwsInstance, now: number): Record<string, string> {
  return {
    Code: 'Success',
    LastUpdated: timestamp(now),
    Type: 'AWS-HMAC',
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    Token: credentials.sessionToken,
    Expiration: timestamp(now + lifetimeMs),
  }
}

/** Whole seconds. */
function timestamp(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z')
}
