import { isIdTokenError } from '@countersign/caller'
import type { Policy } from '@countersign/policy'
import { redact } from '@countersign/shared/redact'
import type { Answer, CallerFacts, Evidence, ListFacts, TokenFacts } from '../causes/evidence.ts'
import { findCauses } from '../causes/find-causes.ts'
import { nextStep } from '../causes/grant-causes.ts'
import { refuserOf } from '../causes/refusal.ts'
import { emulatorChanges } from '../emulator/allow-policy-changes.ts'
import { decodeToken, findCredentials, metadataProxy } from './credentials.ts'
import {
  askGoogle,
  type GoogleApi,
  type GoogleSays,
  grantsOnOthers,
  type Place,
} from './google-api.ts'
import { identityFor, signedFetchFor } from './identity.ts'
import { type Probed, probe } from './probe.ts'
import type { Check, Diagnosis } from './report.ts'
import type { CallTarget } from './target.ts'

/** What to examine, and as whom. */
export interface Examination {
  target: CallTarget
  as?: string | undefined
  /** The token that the failing caller sends, instead of one that is minted. */
  token?: string | undefined
  policy?: Policy | undefined
  policyFile?: string | undefined
}

/** A diagnosis, and the evidence that it is made from. No token is in it. */
export interface Examined extends Diagnosis {
  evidence: Evidence
  /** Whether the service can't be reached at all. */
  isUnreachable: boolean
}

/**
 * Finds out what refuses calls of a URL: looks for credentials, gets a token, sends one call without and
 * one with it, and asks Google about the service. Changes nothing.
 */
export async function examineUrl(examination: Examination): Promise<Examined> {
  const { target } = examination
  const url = target.url.href
  const minted = await mint(examination)
  const anonymous = await probe(url, undefined)
  const signed = minted.headers && (await probe(url, minted.headers))
  const google = await sayings(examination, minted.accessToken)
  const caller = callerFacts(examination, minted)
  const changes = target.emulator
    ? await emulatorChanges(target.emulator.url, target.place?.name)
    : undefined
  const evidence: Evidence = {
    at: Date.now(),
    url,
    method: 'GET',
    path: target.url.pathname,
    ...(target.emulator && { isEmulated: true }),
    ...(target.place && { service: target.place }),
    ...(google?.service && { service: withUrl(google.service, examination) }),
    caller,
    ...(minted.failure && { mint: minted.failure }),
    ...(minted.token && { token: minted.token }),
    ...(anonymous.answer && { anonymous: anonymous.answer }),
    ...(signed?.answer && { signed: signed.answer }),
    ...(google?.grants && { grants: { ...google.grants, ...(changes && { changes }) } }),
    ...listOf(examination, minted.token),
  }
  const checks = [
    ...minted.checks,
    anonymousCheck(anonymous, evidence),
    ...(signed ? [signedCheck(signed)] : []),
    ...(google?.checks ?? []),
    ...grantCheck(google),
  ]
  return {
    checks,
    causes: findCauses(evidence),
    next: nextStep(evidence),
    evidence,
    isUnreachable: anonymous.answer === undefined,
  }
}

interface Minted {
  checks: Check[]
  caller: CallerFacts
  token?: TokenFacts
  headers?: Headers
  accessToken?: string
  failure?: { code: string; words: string }
}

async function mint(examination: Examination): Promise<Minted> {
  const { target, as, token } = examination
  if (token !== undefined) return given(token, target)
  const { caller, where, isThere } = await credentialsOf(examination)
  try {
    const identity = await identityFor(as, target)
    const headers = await signedFetchFor(target, identity).headers(target.url)
    const decoded = decodeToken((headers.get('authorization') ?? '').replace(/^Bearer /, ''))
    const accessToken = await identity.accessToken?.().catch(() => undefined)
    return {
      checks: [identityCheck(decoded, where), tokenCheck(decoded)],
      caller: { ...caller, ...(decoded.email !== undefined && { account: decoded.email }) },
      token: decoded,
      headers,
      ...(accessToken !== undefined && { accessToken }),
    }
  } catch (error) {
    if (!isIdTokenError(error)) throw error
    const failure = { code: error.code, words: wordsOf(error) }
    return {
      checks: [
        { state: isThere ? 'ok' : 'wrong', name: 'identity', text: where },
        { state: 'wrong', name: 'token', text: `${failure.code}: ${failure.words}` },
      ],
      caller,
      failure,
    }
  }
}

/** Which credentials are used, and where they were found. */
async function credentialsOf({ target, as }: Examination): Promise<{
  caller: CallerFacts
  where: string
  isThere: boolean
}> {
  if (as !== undefined && !as.includes('@') && target.emulator) {
    return { caller: { credentials: 'metadata-server' }, where: 'the emulator', isThere: true }
  }
  const { kind, where, account } = await findCredentials()
  const isThere = kind !== 'none'
  if (as !== undefined) {
    const caller: CallerFacts = { credentials: 'impersonation', account: redact(as, 120) }
    return { caller, where: `${redact(as, 120)}, by ${where}`, isThere }
  }
  return {
    caller: { credentials: kind, ...(account !== undefined && { account }) },
    where,
    isThere,
  }
}

/** The error's own words, and those of the program that refused. */
function wordsOf({ message, cause }: Error): string {
  const inner =
    cause instanceof Error && !message.includes(cause.message) ? ` ${cause.message}` : ''
  return redact(`${message}${inner}`.replace(/\s+/g, ' '), 400)
}

/** A token for another audience is not sent: whoever gets it could call that other service with it. */
function given(token: string, target: CallTarget): Minted {
  const decoded = decodeToken(token)
  const isForHere = decoded.audience === (target.audience ?? target.url.origin)
  const isSent = decoded.kind === 'id-token' && isForHere
  const check: Check = {
    state: decoded.kind === 'id-token' ? 'ok' : 'wrong',
    name: 'identity',
    text: `${decoded.email ?? 'no email'} (the token that was given)`,
  }
  const not = {
    state: 'not-checked' as const,
    name: 'call',
    text: 'not checked: this token is not sent there',
  }
  return {
    checks: [check, tokenCheck(decoded), ...(isSent ? [] : [not])],
    caller: { ...(decoded.email !== undefined && { account: decoded.email }) },
    token: decoded,
    ...(isSent && {
      headers: new Headers({
        authorization: `Bearer ${token}`,
        'x-serverless-authorization': `Bearer ${token}`,
      }),
    }),
  }
}

function identityCheck({ email, subject }: TokenFacts, where: string): Check {
  const who = email ?? subject ?? 'nobody'
  return {
    state: email === undefined ? 'wrong' : 'ok',
    name: 'identity',
    text: `${who} (${where})`,
  }
}

function tokenCheck({ kind, audience, expiresAt }: TokenFacts): Check {
  if (kind !== 'id-token') {
    return { state: 'wrong', name: 'token', text: `${kind.replace('-', ' ')}, not an ID token` }
  }
  const left = expiresAt === undefined ? undefined : Math.round((expiresAt - Date.now()) / 60_000)
  const time =
    left === undefined ? '' : left < 0 ? `, expired ${-left} min ago` : `, ${left} min left`
  const isOver = left !== undefined && left < 0
  return { state: isOver ? 'wrong' : 'ok', name: 'token', text: `audience ${audience}${time}` }
}

/** A refusal is what a private service answers to nobody. */
function anonymousCheck({ answer, problem }: Probed, evidence: Evidence): Check {
  if (!answer) return { state: 'wrong', name: 'no token', text: `no answer: ${problem}` }
  const by = refuserOf(answer)
  const isOpen = evidence.list?.isPublic || evidence.list?.isRouteOpen
  const isFine = by === 'the front door' || by === 'the receiver' || isOpen || answer.isIap
  return {
    state: isFine ? 'ok' : 'not-checked',
    name: 'no token',
    text: `${statusText(answer)}${isFine || by ? '' : ': anybody gets an answer'}`,
  }
}

function signedCheck({ answer, problem }: Probed): Check {
  if (!answer) return { state: 'wrong', name: 'call', text: `no answer: ${problem}` }
  return { state: refuserOf(answer) ? 'wrong' : 'ok', name: 'call', text: statusText(answer) }
}

function statusText(answer: Answer): string {
  const { status, code, location } = answer
  const by = refuserOf(answer)
  if (by) return `${status}, refused by ${by}${code === undefined ? '' : `: ${code}`}`
  const to = location === undefined ? '' : ` to ${location}, not followed`
  return `${status}${to}, answered by the application`
}

async function sayings(
  { target, policy }: Examination,
  accessToken: string | undefined,
): Promise<GoogleSays | undefined> {
  const { place, emulator } = target
  if (!place) {
    const text = "not checked: the URL doesn't name project and region. Write --policy."
    return { checks: [{ state: 'not-checked', name: 'service', text }] }
  }
  const api: GoogleApi = {
    base: emulator?.url ?? 'https://run.googleapis.com',
    accessToken,
    isEmulated: emulator !== undefined,
  }
  if (!api.isEmulated && accessToken === undefined) {
    const text = 'not checked: no access token to ask Google with'
    return { checks: [{ state: 'not-checked', name: 'service', text }] }
  }
  const says = await askGoogle(place, api)
  if (says.grants?.isInvokerByGoogle !== false || !policy) return says
  const others = await grantsOnOthers(placesBeside(place, policy), api)
  return { ...says, grants: { ...says.grants, known: [...says.grants.known, ...others] } }
}

function placesBeside({ name }: Place, { services }: Policy): Place[] {
  return [...services.values()].flatMap((one) => {
    const { project, region } = one
    const isPlaced = one.name !== name && project !== undefined && region !== undefined
    return isPlaced ? [{ name: one.name, project, region }] : []
  })
}

/** A front door of the emulator is one more URL of its service. */
function withUrl(service: NonNullable<GoogleSays['service']>, { target }: Examination) {
  if (!target.emulated) return service
  return { ...service, urls: [...(service.urls ?? []), target.url.origin] }
}

function grantCheck(google: GoogleSays | undefined): Check[] {
  const isInvoker = google?.grants?.isInvokerByGoogle
  if (isInvoker === undefined) return []
  return [
    {
      state: isInvoker ? 'ok' : 'wrong',
      name: 'grant',
      text: isInvoker ? 'run.routes.invoke, says IAM' : 'no run.routes.invoke, says IAM',
    },
  ]
}

function callerFacts({ policy, as }: Examination, { caller }: Minted): CallerFacts {
  const proxy = caller.credentials === 'metadata-server' ? metadataProxy() : undefined
  const service = [...(policy?.services.values() ?? [])].find((one) => {
    return one.serviceAccount === caller.account || one.name === as
  })
  return {
    ...caller,
    ...(service && { name: service.name, expectedAccount: service.serviceAccount }),
    ...(proxy !== undefined && { proxy }),
  }
}

function listOf(
  { policy, policyFile, target }: Examination,
  token: TokenFacts | undefined,
): { list?: ListFacts } {
  if (!policy) return {}
  const origin = target.emulated?.url ?? target.url.origin
  const receiver = [...policy.services.values()].find(({ url, audiences }) => {
    return url === origin || audiences.includes(origin)
  })
  if (!receiver) return {}
  const callers = [...policy.services.values()].filter(({ calls }) => calls.has(receiver.name))
  const pushes = [...policy.pushes.values()].filter(({ to }) => to === receiver.name)
  const emails = [...callers, ...pushes].map(({ serviceAccount }) => serviceAccount)
  const route = `GET ${target.url.pathname}`
  return {
    list: {
      file: policyFile ?? 'countersign.jsonc',
      ...(policy.environment !== undefined && { environment: policy.environment }),
      isPublic: receiver.public,
      isRouteOpen: receiver.unauthenticated.some((one) => one === route || one === 'GET /*'),
      ...(token?.email !== undefined && { isCallerListed: emails.includes(token.email) }),
    },
  }
}
