import { startServer, type TestServer } from './_server.ts'

/** An EC2 instance's metadata server, which wants a session token (IMDSv2). */
export interface AwsInstance extends TestServer {
  /** The part of a federation's `credential_source` that leads there. */
  source: Record<string, string>
}

/** The credentials of the instance's role. */
export const credentials = {
  AccessKeyId: 'ASIAEXAMPLE',
  SecretAccessKey: 'known-to-the-role-alone',
  Token: 'session-of-the-role',
}

/**
 * Starts one, in eu-west-1.
 *
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-v2-how-it-works.html
 */
export async function startAwsInstance(): Promise<AwsInstance> {
  const server = await startServer(({ method, url, headers }, _request, response) => {
    const isSession = method === 'PUT' && url === '/latest/api/token'
    if (isSession && headers['x-aws-ec2-metadata-token-ttl-seconds']) return response.end('imds-1')
    if (method !== 'GET' || headers['x-aws-ec2-metadata-token'] !== 'imds-1') {
      return response.writeHead(401).end()
    }
    return response.writeHead(answers[url] ? 200 : 404).end(answers[url])
  })
  const meta = `${server.url}/latest/meta-data`
  return {
    ...server,
    source: {
      environment_id: 'aws1',
      region_url: `${meta}/placement/availability-zone`,
      url: `${meta}/iam/security-credentials`,
      imdsv2_session_token_url: `${server.url}/latest/api/token`,
      regional_cred_verification_url:
        'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity&Version=2011-06-15',
    },
  }
}

const answers: Readonly<Record<string, string>> = {
  '/latest/meta-data/placement/availability-zone': 'eu-west-1b',
  '/latest/meta-data/iam/security-credentials': 'caller-role',
  '/latest/meta-data/iam/security-credentials/caller-role': JSON.stringify(credentials),
}
