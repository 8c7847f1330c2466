import { text } from 'node:stream/consumers'
import { createReceiver, type DenialCode, googleKeys } from '@countersign/receiver'
import type { Command } from 'commander'
import {
  type ExitCode,
  exitCodes,
  type SetExitCode,
  usageFailure,
} from '../command-line/failure.ts'
import { examples, parseJson } from '../command-line/options.ts'
import { ownCommand } from '../command-line/own-command.ts'
import { type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface ExplainOptions extends EmulatorOptions, OutputOptions {
  audience?: string
}

/** Adds `countersign explain`: an ID token's claims, and whether a receiver would accept it. */
export function addExplainCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('explain')
    .summary('print the claims of a token, and verify it as a receiver would')
    .description(
      "Prints the header and the claims of an ID token, and whether verifyCaller would accept it in a service that allows the token's account. Fetches Google's keys, or the emulator's keys for a token of the emulator. The token itself is not sent to anybody, and not printed. The exit code is 1 if the token would be refused, and 3 if the keys can't be fetched.",
    )
    .argument(
      '[token]',
      'the token (default: read from standard input, so that the shell history has no copy)',
    )
    .option('--audience <audience>', "the receiver's audience (default: the token's own)")
  withEmulatorOption(command)
    .option('--json', 'print an object with header, claims and verdict')
    .addHelpText(
      'after',
      examples({
        'countersign token login --audience https://a.example | countersign explain':
          'a token of the emulator',
        'pbpaste | countersign explain --audience https://search-123.us-central1.run.app':
          'would search accept it?',
      }),
    )
    .action(async (given: string | undefined, options: ExplainOptions) => {
      setExitCode(await explain(given, options))
    })
}

async function explain(given: string | undefined, options: ExplainOptions): Promise<ExitCode> {
  const token = withoutScheme(given ?? (await standardInput()))
  const decoded = decodeToken(token)
  const emulator = runningEmulator(options)
  const { audience } = options
  const verdict = await verdictOf(token, decoded, { audience, emulator: emulator.url })
  print(options, { data: { ...decoded, verdict }, text: described(decoded, verdict, audience) })
  if (verdict.genuine) return exitCodes.ok
  if (verdict.code !== 'keys_unavailable') return exitCodes.failed
  // Rejects if no emulator answers, with what to do then.
  if (isEmulators(decoded)) await emulator.gcloudEnv()
  return exitCodes.unavailable
}

function standardInput(): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  throw usageFailure(
    'No token given',
    `Pipe it to the command, or write it on the command line: ${ownCommand()} explain TOKEN`,
  )
}

/** Accepts a token also in the form of a header. */
function withoutScheme(given: string): string {
  return given.trim().replace(/^(authorization:\s*)?(bearer\s+)?/i, '')
}

function described(
  decoded: DecodedToken | undefined,
  verdict: Verdict,
  audience: string | undefined,
): string {
  const conclusion = verdict.genuine
    ? 'genuine: a receiver with this audience that allows this email accepts it'
    : `refused: ${verdict.code}. ${verdict.detail}${mismatch(verdict, decoded, audience)}`
  if (!decoded) return conclusion
  const { header, claims } = decoded
  const now = Date.now()
  const lines = ['header', ...claimLines(header, now), 'claims', ...claimLines(claims, now)]
  return [...lines, conclusion].join('\n')
}

/** The audiences that differ, perhaps in no more than a slash. */
function mismatch(
  { code }: Pick<Denied, 'code'>,
  decoded: DecodedToken | undefined,
  audience: string | undefined,
): string {
  if (code !== 'audience_mismatch' || audience === undefined) return ''
  const got = plain(JSON.stringify(decoded?.claims.aud ?? null))
  return ` (got ${got}, expected ${JSON.stringify(audience)})`
}

/** The content of a token, of which nothing has been verified. */
interface DecodedToken {
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
}

/**
 * Decodes a token, a compact JWS, without verifying it.
 *
 * @returns undefined if it is not a JWT
 */
function decodeToken(token: string): DecodedToken | undefined {
  const [header, claims] = token.split('.').map(objectOf)
  return header && claims && { header, claims }
}

function objectOf(segment: string): Readonly<Record<string, unknown>> | undefined {
  const value = parseJson(Buffer.from(segment, 'base64url').toString())
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

/** A receiver's decision about a token. */
type Verdict = { genuine: true } | Denied

type Denied = { genuine: false; code: DenialCode; detail: string }

/** The values that a token is checked against. */
interface Expected {
  /** The receiver's audience; if undefined, the token's own. */
  audience: string | undefined
  /** The base URL of the emulator that perhaps issued the token. */
  emulator: string
}

/** Checks a token with the receiver that services use, which allows any account that the token names. */
async function verdictOf(
  token: string,
  decoded: DecodedToken | undefined,
  { audience, emulator }: Expected,
): Promise<Verdict> {
  const url = `${emulator}/oauth2/v3/certs`
  const receiver = createReceiver({
    audience: audience ?? textOr(decoded?.claims.aud, 'https://nobody.example'),
    allow: [serviceAccountOr(decoded?.claims.email, 'nobody@nowhere.iam.gserviceaccount.com')],
    keys: isEmulators(decoded) ? googleKeys({ url }) : googleKeys(),
    mode: 'enforce',
    log: false,
  })
  const headers = { authorization: `Bearer ${token}` }
  const decision = await receiver.check({ method: 'GET', url: '/', headers })
  if (decision.allowed) return { genuine: true }
  const { code, detail } = decision.denial
  return { genuine: false, code, detail }
}

/** No key of Google has an id that begins so. */
function isEmulators(decoded: DecodedToken | undefined): boolean {
  return String(decoded?.header.kid).startsWith('emulator-')
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && /^[^\s,]+$/.test(value) ? value : otherwise
}

/** Receivers refuse an allow-list with any other email. */
function serviceAccountOr(value: unknown, otherwise: string): string {
  const isOne = /^[a-z0-9._-]+@([a-z0-9-]+\.)+gserviceaccount\.com$/.test(String(value))
  return isOne ? String(value) : otherwise
}

/** Claims in seconds since the epoch (RFC 7519 section 4.1). */
const times: readonly string[] = ['exp', 'iat', 'nbf']

/**
 * A token's claims as text, one line for each. Anybody could have written the token.
 *
 * @param now milliseconds since the epoch
 */
function claimLines(claims: Readonly<Record<string, unknown>>, now: number): string[] {
  const names = Object.keys(claims).map(plain)
  const width = Math.max(0, ...names.map((name) => name.length))
  return Object.entries(claims).map(([name, value]) => {
    return `  ${plain(name).padEnd(width)}  ${shown(name, value, now)}`
  })
}

function shown(name: string, value: unknown, now: number): string {
  const isTime = times.includes(name) && typeof value === 'number' && Math.abs(value) < 1e11
  if (isTime) return `${new Date(value * 1000).toISOString()}, ${relative(value * 1000 - now)}`
  return plain(typeof value === 'string' ? value : JSON.stringify(value))
}

function relative(ms: number): string {
  const seconds = Math.round(Math.abs(ms) / 1000)
  const amount = seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
  return ms < 0 ? `${amount} ago` : `in ${amount}`
}

/** Escapes control characters: the token's author must not control the reader's terminal. */
function plain(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
