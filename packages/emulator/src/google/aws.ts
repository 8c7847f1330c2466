import { randomBytes } from 'node:crypto'
import type { AwsFederationConfig } from '../credentials.ts'
import type { Account, Project } from './accounts.ts'
import { type AwsCredentials, isCallerIdentity, readSignedRequest } from './aws-signature.ts'
import type { CredentialsContext } from './credentials.ts'
import {
  commonConfig,
  type FederationProviders,
  type Provider,
  principalOf,
  providerName,
} from './federation.ts'

/** How clients name a signed `GetCallerIdentity` request. */
const awsType = 'urn:ietf:params:aws:token-type:aws4_request'

/** EC2 instances at AWS, and the pools of Google that trust their roles. */
export interface AwsFederation extends FederationProviders {
  /** The configuration with which an instance can act as an account. */
  config(account: Account, context: CredentialsContext): AwsFederationConfig
  /** The instance with this id, if a configuration names it. */
  instance(id: string): AwsInstance | undefined
}

/** One account's provider, and the one instance whose role it trusts. */
interface AwsProvider extends Provider {
  instance: AwsInstance
}

/**
 * Starts without instances: each is created with its configuration.
 *
 * @param now milliseconds since the epoch
 */
export function createAwsFederation(now: () => number): AwsFederation {
  const providers = new Map<string, AwsProvider>()
  function providerOf(account: Account, project: Project): AwsProvider {
    const audience = providerName(account, project, 'emulator-aws')
    const known = providers.get(audience)
    const provider = known ?? { audience, account, instance: createAwsInstance(account, now) }
    providers.set(audience, provider)
    return provider
  }
  return {
    config: (account, { project, url }) => configOf(providerOf(account, project), url),
    instance: (id) => {
      return [...providers.values()].find(({ instance }) => instance.id === id)?.instance
    },
    principal: async ({ token, type }, audience) => {
      const provider = providers.get(audience)
      const request = type === awsType ? readSignedRequest(token) : undefined
      if (!provider || !request) return undefined
      const { arn, credentials } = provider.instance
      const isValid = isCallerIdentity(request, { audience, credentials, now: now() })
      return isValid ? principalOf(provider, arn) : undefined
    },
    isProvider: (audience) => providers.has(audience),
  }
}

function configOf(provider: AwsProvider, url: string): AwsFederationConfig {
  const base = `${url}/emulator/v1/aws/${provider.instance.id}/latest`
  return {
    ...commonConfig(provider, url),
    subject_token_type: awsType,
    credential_source: {
      environment_id: 'aws1',
      region_url: `${base}/meta-data/placement/availability-zone`,
      url: `${base}/meta-data/iam/security-credentials`,
      imdsv2_session_token_url: `${base}/api/token`,
      regional_cred_verification_url:
        'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    },
  }
}

/** An AWS account id that AWS uses in its own documentation. */
const awsAccount = '111122223333'

/** An EC2 instance, with the data of its metadata service. */
export interface AwsInstance {
  id: string
  availabilityZone: string
  /** The IAM role of its profile, named after the service account. */
  role: string
  /** Its identity at AWS. */
  arn: string
  credentials: AwsCredentials
  sessions: InstanceSessions
}

/**
 * Creates an instance with random credentials.
 *
 * @param now milliseconds since the epoch
 */
function createAwsInstance({ email }: Account, now: () => number): AwsInstance {
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

/** Uses only characters that IAM allows in the name of a role, since it is part of a path. */
function roleName(email: string): string {
  return email
    .slice(0, email.indexOf('@'))
    .replace(/[^\w.-]/g, '-')
    .slice(0, 64)
}

/** Base64 with `+`, `/` and `=`, as at AWS: clients have to encode these characters. */
function newCredentials(): AwsCredentials {
  return {
    accessKeyId: `ASIA${randomBytes(8).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64'),
    sessionToken: randomBytes(160).toString('base64'),
  }
}

/** Clients open one or two for each subject token. */
const maxSessions = 1_000

/** Sessions of an instance's metadata service (IMDSv2). */
interface InstanceSessions {
  /** Opens a session and returns its token. */
  open(ttlSeconds: number): string
  /** Whether this is the token of a session that has not expired. */
  isOpen(token: string): boolean
}

/**
 * A store of sessions that keeps the newest.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html
 * @param now milliseconds since the epoch
 */
function createInstanceSessions(now: () => number): InstanceSessions {
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
