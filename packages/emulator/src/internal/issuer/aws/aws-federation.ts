import type { AwsFederationConfig } from '../../../credential-files.ts'
import type { Account, Project } from '../../accounts.ts'
import {
  commonConfig,
  type FederationPlace,
  type FederationProviders,
  type Provider,
  principalOf,
  providerName,
} from '../federation-pool.ts'
import { type AwsInstance, createAwsInstance } from './aws-instance.ts'
import { isCallerIdentity } from './caller-identity.ts'
import { readSignedRequest } from './signed-request.ts'

/** How clients name a signed `GetCallerIdentity` request. */
const awsType = 'urn:ietf:params:aws:token-type:aws4_request'

/** Outside of Google: EC2 instances at AWS, and the pools that trust their roles. */
export interface AwsFederation extends FederationProviders {
  /** The configuration with which an instance becomes an account. */
  config(account: Account, where: FederationPlace): AwsFederationConfig
  /** An instance, if a configuration leads to it. */
  instance(id: string): AwsInstance | undefined
}

/** One account's provider, and the one instance whose role it trusts. */
interface AwsProvider extends Provider {
  readonly instance: AwsInstance
}

/**
 * A federation without instances: each starts once its configuration is asked for.
 *
 * @param now milliseconds since the epoch
 */
export function createAwsFederation(now: () => number): AwsFederation {
  const providers = new Map<string, AwsProvider>()
  const providerOf = (account: Account, project: Project): AwsProvider => {
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
