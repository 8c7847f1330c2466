/** Each source of identity, where Google says back all that it was sent. */

import {
  type AccessTokenSource,
  applicationDefault,
  type IdentitySource,
  impersonate,
  serviceAccountKey,
  workloadIdentityFederation,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { useCleanEnvironment } from './_environment.ts'
import { startGoogle } from './_google.ts'
import { expectNone, failureOf, printed } from './_printed.ts'
import { type Seen, startServer, type TestServer } from './_server.ts'
import { shapeToken } from './_tokens.ts'

const audience = 'https://svc.example'
const serviceAccount = 'search@acme.iam.gserviceaccount.com'
const home = useCleanEnvironment()
const { key } = await startGoogle()

type Echo = (said: string) => { status: number; body: string }

/** How a server says back what it was told. */
const echoes: Record<string, Echo> = {
  'as OAuth errors': (said) => ({
    status: 400,
    body: json({ error: 'x', error_description: said }),
  }),
  "as errors of Google's APIs": (said) => ({
    status: 403,
    body: json({ error: { message: said } }),
  }),
  'as HTML': (said) => ({ status: 200, body: `<html>${said}</html>` }),
  'as what is no token': (said) => ({ status: 200, body: json({ token: 7, said }) }),
}

function json(value: object): string {
  return JSON.stringify(value)
}

/** A Google that says back each request, headers and body. */
function startEcho(echo: Echo): Promise<TestServer> {
  return startServer((seen, _request, response) => {
    const { status, body } = echo(`${seen.headers.authorization} ${seen.body}`)
    response.writeHead(status, { 'content-type': 'application/json' }).end(body)
  })
}

/** What each source sends that is secret, beside what is found in its requests. */
const subject = shapeToken({ sub: 'repo:acme/app' })
const accessToken = 'ya29.a-very-secret-access-token'
const user = {
  type: 'authorized_user',
  client_id: '764086051850.apps.googleusercontent.com',
  client_secret: 'GOCSPX-a-very-secret-client',
  refresh_token: '1//0a-very-secret-refresh-token',
}
const aws = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'a-very-secret-access-key-of-aws',
  AWS_SESSION_TOKEN: `${'IQoJb3JpZ2luX2VjE+/'.repeat(9)}==`,
}

interface Source {
  make: (url: string) => IdentitySource & AccessTokenSource
  secrets: string[]
}

const sources: Record<string, Source> = {
  serviceAccountKey: {
    make: (url) => serviceAccountKey({ ...key, token_uri: `${url}/token` }),
    secrets: [key.private_key],
  },
  impersonate: {
    make: () => impersonate({ serviceAccount, source: { accessToken: async () => accessToken } }),
    secrets: [accessToken],
  },
  'a person who impersonates': {
    make(url) {
      home.write('application_default_credentials.json', { ...user, token_uri: `${url}/token` })
      return applicationDefault({ serviceAccount })
    },
    secrets: [user.client_secret, user.refresh_token],
  },
  'a federation with a file': {
    make: (url) => federation(url, { file: home.write('subject', subject) }),
    secrets: [subject],
  },
  'a federation with a URL': {
    make: (url) =>
      federation(url, { url: `${url}/subject`, headers: { authorization: accessToken } }),
    secrets: [accessToken],
  },
  'a federation with a program that fails': {
    make(url) {
      vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1')
      const said = { version: 1, success: false, code: '7', message: `not ${subject}` }
      return federation(url, { executable: { command: `cat ${home.write('answer', said)}` } })
    },
    secrets: [subject],
  },
  'a federation with a program that says what is no JSON': {
    make(url) {
      vi.stubEnv('GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES', '1')
      return federation(url, { executable: { command: `cat ${home.write('answer', subject)}` } })
    },
    secrets: [subject],
  },
  'a federation with AWS': {
    make(url) {
      for (const [name, value] of Object.entries(aws)) vi.stubEnv(name, value)
      const verification = 'https://sts.{region}.amazonaws.com?Action=GetCallerIdentity'
      return federation(url, {
        environment_id: 'aws1',
        regional_cred_verification_url: verification,
      })
    },
    secrets: [aws.AWS_SECRET_ACCESS_KEY, aws.AWS_SESSION_TOKEN],
  },
}

function federation(url: string, credential_source: object): IdentitySource & AccessTokenSource {
  return workloadIdentityFederation({
    type: 'external_account',
    audience: 'pool',
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    token_url: `${url}/v1/token`,
    service_account_impersonation_url: `${url}/v1/projects/-/serviceAccounts/${serviceAccount}:generateAccessToken`,
    credential_source,
  })
}

/** What a request held that is worth an identity. */
function secretsIn({ body, headers }: Seen): string[] {
  const form = new URLSearchParams(body)
  const fields = ['assertion', 'subject_token', 'refresh_token'].map((name) => form.get(name))
  return [...fields, headers.authorization?.slice(7)].filter((value) => value != null)
}

describe.each(Object.entries(echoes))(
  'no secret is in any error where Google says it back %s',
  (_, echo) => {
    test.each(Object.entries(sources))('to %s', async (_, { make, secrets }) => {
      await using server = await startEcho(echo)
      vi.stubEnv('COUNTERSIGN_EMULATOR', server.url)
      const source = make(server.url)
      for (const get of [() => source.idToken(audience), () => source.accessToken()]) {
        const error = await failureOf(get())
        expect(error.code).toMatch(/^(identity_unavailable|token_rejected)$/)
        expectNone(printed(error), [...secrets, ...server.requests.flatMap(secretsIn)])
      }
    })
  },
)
