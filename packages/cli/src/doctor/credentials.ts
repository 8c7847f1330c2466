import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import {
  metadataHostFrom,
  readEnvironment,
  serverlessVariable,
} from '@countersign/shared/environment'
import { redact } from '@countersign/shared/redact'
import type { CredentialsKind, TokenFacts } from '../causes/evidence.ts'
import { parseJson } from '../command-line/options.ts'

/** The credentials that Google's libraries and ours find here. Nothing in it is a secret. */
export interface FoundCredentials {
  kind: CredentialsKind
  /** Where they were found. */
  where: string
  /** The email of the service account, as far as the file has it. */
  account?: string
}

type Environment = ReturnType<typeof readEnvironment>

/** Looks for credentials, in the order of Application Default Credentials. No secret is kept. */
export async function findCredentials(
  env: Environment = readEnvironment(),
): Promise<FoundCredentials> {
  const named = env.GOOGLE_APPLICATION_CREDENTIALS || undefined
  const path = named ?? gcloudFile(env)
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text !== undefined) return ofFile(text, named === undefined ? "gcloud's file" : 'a file')
  if (named !== undefined) {
    return { kind: 'none', where: 'GOOGLE_APPLICATION_CREDENTIALS names a file that is not there' }
  }
  if (metadataHostFrom(env) ?? serverlessVariable(env)) {
    return { kind: 'metadata-server', where: 'the metadata server' }
  }
  return { kind: 'metadata-server', where: 'the metadata server, if there is one' }
}

function gcloudFile({ CLOUDSDK_CONFIG, APPDATA }: Environment): string {
  const folder = CLOUDSDK_CONFIG || (APPDATA ? join(APPDATA, 'gcloud') : undefined)
  return join(
    folder ?? join(homedir(), '.config', 'gcloud'),
    'application_default_credentials.json',
  )
}

const kinds: Readonly<Record<string, CredentialsKind>> = {
  service_account: 'key-file',
  impersonated_service_account: 'impersonation',
  external_account: 'federation',
  authorized_user: 'person',
}

function ofFile(text: string, where: string): FoundCredentials {
  const value = parseJson(text)
  const fields = (typeof value === 'object' && value !== null ? value : {}) as Record<
    string,
    unknown
  >
  const kind = kinds[String(fields.type)]
  if (kind === undefined)
    return { kind: 'none', where: `${where}, which is not a credentials file` }
  const account = accountIn(fields)
  return { kind, where, ...(account !== undefined && { account }) }
}

function accountIn(fields: Readonly<Record<string, unknown>>): string | undefined {
  if (typeof fields.client_email === 'string') return redact(fields.client_email, 120)
  const url = String(fields.service_account_impersonation_url)
  const account = /\/serviceAccounts\/([^/:]+):/.exec(url)?.[1]
  return account === undefined ? undefined : redact(account, 120)
}

/** Whether clients here would use a proxy for the metadata server. Ours does not; many others do. */
export function metadataProxy(env: Environment = readEnvironment()): string | undefined {
  const proxy = env.HTTP_PROXY || env.http_proxy
  if (!proxy) return undefined
  const direct = (env.NO_PROXY || env.no_proxy || '').split(/[\s,]+/)
  const isDirect = direct.some((name) => /^\*$|169\.254|google\.internal/.test(name))
  return isDirect ? undefined : redact(proxy, 120)
}

/** What a token says about itself. Nothing is verified, and the token itself is not kept. */
export function decodeToken(token: string): TokenFacts {
  const segments = token.split('.')
  if (/^ya29\./.test(token) || segments.length !== 3) {
    return { kind: /^ya29\./.test(token) ? 'access-token' : 'other' }
  }
  const claims = objectIn(segments[1])
  if (!claims || !objectIn(segments[0])) return { kind: 'other' }
  return {
    kind: 'id-token',
    ...text('audience', claims.aud),
    ...text('issuer', claims.iss),
    ...text('subject', claims.sub),
    ...text('email', claims.email),
    ...time('issuedAt', claims.iat),
    ...time('expiresAt', claims.exp),
    ...(segments[2] === 'SIGNATURE_REMOVED_BY_GOOGLE' && { isSignatureRemoved: true }),
  }
}

function objectIn(segment = ''): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(Buffer.from(segment, 'base64url').toString())
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function text<K extends string>(name: K, value: unknown): { [key in K]?: string } {
  return typeof value === 'string' ? ({ [name]: redact(value) } as { [key in K]: string }) : {}
}

function time<K extends string>(name: K, value: unknown): { [key in K]?: number } {
  const isTime = typeof value === 'number' && Math.abs(value) < 1e11
  return isTime ? ({ [name]: value * 1000 } as { [key in K]: number }) : {}
}
