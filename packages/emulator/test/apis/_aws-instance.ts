import type { AwsFederationConfig } from '../../src/index.ts'
import type { RoleCredentials } from './_sign-for-aws.ts'

/** A session of the instance's metadata service that lives so many seconds. */
export async function openSession(
  { credential_source: source }: AwsFederationConfig,
  seconds = '60',
): Promise<string> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': seconds }
  return (await fetch(source.imdsv2_session_token_url, { method: 'PUT', headers })).text()
}

/** The credentials of the instance's role, asked for as clients do. */
export async function roleCredentials(config: AwsFederationConfig): Promise<RoleCredentials> {
  const headers = { 'x-aws-ec2-metadata-token': await openSession(config) }
  const { url } = config.credential_source
  const role = await (await fetch(url, { headers })).text()
  return (await (await fetch(`${url}/${role}`, { headers })).json()) as RoleCredentials
}
