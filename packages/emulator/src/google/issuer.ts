import { errors, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import type { ClaimOverrides } from '../credentials.ts'
import type { Account, Project } from './accounts.ts'
import { faultyClaims } from './current-fault.ts'
import { type IssuerKey, type KeyRing, lifetimeSeconds } from './keys.ts'

/** Google as the issuer of ID tokens. */
export interface Issuer {
  /** Signs an ID token with the usual claims. */
  idToken(account: Account, audience: string, options?: IssueOptions): Promise<string>
  /** Signs these claims, unchanged. */
  sign(claims: JWTPayload): Promise<string>
  /** Whether a token is one that this issuer signed for one of these audiences, and still valid. */
  verify(token: string, audiences: readonly string[]): Promise<Verification>
}

/** The result of a verification. */
export type Verification =
  | { isValid: true; isIssuedHere: true; claims: JWTPayload }
  | {
      isValid: false
      /** Whether its signature is valid. */
      isIssuedHere: boolean
      /** The claim that is wrong, or `kid`, `alg` or `signature`; undefined if it is not a JWT. */
      claim?: string
      got?: unknown
      expected?: readonly string[]
    }

/** Options of {@link Issuer.idToken}. */
interface IssueOptions extends ClaimOptions {
  /** Claims with other values, for tests. */
  overrides?: ClaimOverrides
}

/**
 * Creates an issuer that signs with the current key.
 *
 * @param now milliseconds since the epoch
 */
export function createIssuer(keys: KeyRing, now: () => number): Issuer {
  function sign(claims: JWTPayload): Promise<string> {
    const { kid, privateKey } = keys.signing()
    return new SignJWT(claims)
      .setProtectedHeader({ alg: 'RS256', kid, typ: 'JWT' })
      .sign(privateKey)
  }
  return {
    idToken: (account, audience, options = {}) => {
      const claims = googleClaims({ account, audience, now: now() }, options)
      return sign({ ...claims, ...faultyClaims(now()), ...options.overrides })
    },
    sign,
    verify: (token, audiences) => verifyIdToken(token, { keys, audiences, now: now() }),
  }
}

interface Expected {
  keys: KeyRing
  audiences: readonly string[]
  /** Milliseconds since the epoch. */
  now: number
}

async function verifyIdToken(token: string, expected: Expected): Promise<Verification> {
  const { keys, audiences, now } = expected
  try {
    const { payload } = await jwtVerify(token, (header) => keyNamed(header.kid, keys), {
      algorithms: ['RS256'],
      audience: [...audiences],
      issuer: [...issuers],
      requiredClaims: ['sub', 'exp'],
      currentDate: new Date(now),
    })
    return { isValid: true, isIssuedHere: true, claims: payload }
  } catch (error) {
    return { isValid: false, ...mistakeOf(error, expected) }
  }
}

type Mistake = Omit<Extract<Verification, { isValid: false }>, 'isValid'>

/** jose checks the claims only after the signature. */
function mistakeOf(error: unknown, { audiences, now }: Expected): Mistake {
  if (error instanceof UnknownKeyError) {
    return { isIssuedHere: false, claim: 'kid', got: error.kid, expected: error.known }
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return { isIssuedHere: false, claim: 'alg', expected: ['RS256'] }
  }
  if (error instanceof errors.JWSSignatureVerificationFailed) {
    return { isIssuedHere: false, claim: 'signature' }
  }
  if (!isAboutClaim(error)) return { isIssuedHere: false }
  const { claim, payload } = error
  const expected = expectedOf(claim, { audiences, now })
  return { isIssuedHere: true, claim, got: payload[claim], ...(expected && { expected }) }
}

function isAboutClaim(
  error: unknown,
): error is errors.JWTClaimValidationFailed | errors.JWTExpired {
  return error instanceof errors.JWTClaimValidationFailed || error instanceof errors.JWTExpired
}

function expectedOf(
  claim: string,
  { audiences, now }: Pick<Expected, 'audiences' | 'now'>,
): readonly string[] | undefined {
  if (claim === 'aud') return audiences
  if (claim === 'iss') return issuers
  if (claim === 'exp') return [`later than ${Math.floor(now / 1000)}`]
  return undefined
}

/** A key that isn't in the key set. */
class UnknownKeyError extends Error {
  override readonly name = 'UnknownKeyError'
  readonly kid: string | undefined
  readonly known: readonly string[]
  constructor(kid: string | undefined, known: readonly string[]) {
    super('no such key')
    this.kid = kid
    this.known = known
  }
}

function keyNamed(kid: string | undefined, keys: KeyRing): IssuerKey['publicKey'] {
  const published = keys.published()
  const key = published.find((one) => one.kid === kid)
  if (key) return key.publicKey
  throw new UnknownKeyError(
    kid,
    published.map((one) => one.kid),
  )
}

/**
 * The first is the `iss` of Google's tokens today. Google also accepts the form without `https://`.
 */
const issuers: readonly string[] = ['https://accounts.google.com', 'accounts.google.com']

/** Claims of one token that differ from the usual ones. */
export interface ClaimOptions {
  /** Whether it has `email` and `email_verified`. @default true */
  includeEmail?: boolean
  /** Whether `azp` is the email and not the unique id. @default false */
  emailAsAzp?: boolean
  /** The claim that `format=full` adds, or `organizationNumberIncluded`. */
  google?: { compute_engine: ComputeEngineClaim } | { organization_number: number }
}

/** Where the service runs, in a token that was requested with `format=full`. */
export interface ComputeEngineClaim {
  instance_creation_timestamp: number
  instance_id: string
  instance_name: string
  license_id?: readonly string[]
  project_id: string
  project_number: number
  zone: string
}

/** Input of the claims of a token. */
interface ClaimInput {
  account: Account
  audience: string
  /** Milliseconds since the epoch. */
  now: number
}

/**
 * The claims of a service account's ID token, in the alphabetical order in which Google writes them.
 */
function googleClaims(
  { account, audience, now }: ClaimInput,
  options: ClaimOptions = {},
): Record<string, unknown> {
  const { includeEmail = true, emailAsAzp = false, google } = options
  const iat = Math.floor(now / 1000)
  return {
    aud: audience,
    azp: emailAsAzp ? account.email : account.subject,
    ...(includeEmail && { email: account.email, email_verified: true }),
    exp: iat + lifetimeSeconds,
    ...(google && { google }),
    iat,
    iss: issuers[0],
    sub: account.subject,
  }
}

/** The `google.compute_engine` claim of a container on Cloud Run. */
export function computeEngineClaim(service: string, project: Project): ComputeEngineClaim {
  return {
    instance_creation_timestamp: 1_700_000_000,
    instance_id: '1000000000000000001',
    instance_name: service,
    project_id: project.id,
    project_number: Number(project.number),
    zone: `${project.region}-1`,
  }
}
