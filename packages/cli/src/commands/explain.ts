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
import { type OutputOptions, print } from '../command-line/terminal.ts'
import {
  type EmulatorOptions,
  runningEmulator,
  withEmulatorOption,
} from '../emulator/running-emulator.ts'

interface ExplainOptions extends EmulatorOptions, OutputOptions {
  audience?: string
}

/** `countersign explain`: what an ID token says, and what a receiver would make of it. */
export function addExplainCommand(program: Command, setExitCode: SetExitCode): void {
  const command = program
    .command('explain')
    .summary('what a token says, and whether a receiver would take it')
    .description(
      "Prints what an ID token says, and what verifyCaller would make of it in a service that lists the account that it names. Google's keys are asked for, or the emulator's for a token of its own; the token itself goes nowhere, and is not printed. Ends with 1 where it would be refused, with 3 where no keys can be had.",
    )
    .argument(
      '[token]',
      'the token (default: standard input, which leaves no trace in the history)',
    )
    .option('--audience <audience>', "the receiver's audience (default: the token's own)")
  withEmulatorOption(command)
    .option('--json', 'an object with header, claims and verdict')
    .addHelpText(
      'after',
      examples({
        'countersign token login --audience https://a.example | countersign explain':
          'a token of the emulator',
        'pbpaste | countersign explain --audience https://search-123.us-central1.run.app':
          'would search take it?',
      }),
    )
    .action(async (given: string | undefined, options: ExplainOptions) => {
      setExitCode(await explain(given, options))
    })
}

async function explain(given: string | undefined, options: ExplainOptions): Promise<ExitCode> {
  const token = withoutScheme(given ?? (await standardInput()))
  const decoded = decodeToken(token)
  const { url: emulator } = runningEmulator(options)
  const verdict = await verdictOf(token, decoded, { audience: options.audience, emulator })
  print(options, { data: { ...decoded, verdict }, text: described(decoded, verdict) })
  if (verdict.genuine) return exitCodes.ok
  return verdict.code === 'keys_unavailable' ? exitCodes.unavailable : exitCodes.failed
}

function standardInput(): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin)
  throw usageFailure('There is no token', 'Pipe it in, or write it on the command line.')
}

/** As it stands in a header, too. */
function withoutScheme(given: string): string {
  return given.trim().replace(/^(authorization:\s*)?(bearer\s+)?/i, '')
}

function described(decoded: DecodedToken | undefined, verdict: Verdict): string {
  const conclusion = verdict.genuine
    ? 'genuine: a receiver with this audience that lists this email takes it'
    : `refused: ${verdict.code}. ${verdict.detail}`
  if (!decoded) return conclusion
  const { header, claims } = decoded
  const now = Date.now()
  const lines = ['header', ...claimLines(header, now), 'claims', ...claimLines(claims, now)]
  return [...lines, conclusion].join('\n')
}

/** What a token says of itself. Nobody has vouched for any of it. */
interface DecodedToken {
  header: Readonly<Record<string, unknown>>
  claims: Readonly<Record<string, unknown>>
}

/**
 * Reads a token without checking it.
 *
 * @returns undefined where it is none
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

/** What a receiver would make of a token. */
type Verdict = { genuine: true } | { genuine: false; code: DenialCode; detail: string }

/** What a token is held against. */
interface Expected {
  /** Undefined: the token's own. */
  audience: string | undefined
  /** The base URL of the emulator that may have issued it. */
  emulator: string
}

/** Asks a receiver, the one that services have, that lists whatever account the token names. */
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

/** No key of Google's is called so. */
function isEmulators(decoded: DecodedToken | undefined): boolean {
  return String(decoded?.header.kid).startsWith('emulator-')
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' && /^[^\s,]+$/.test(value) ? value : otherwise
}

/** Receivers take no other for an allow-list. */
function serviceAccountOr(value: unknown, otherwise: string): string {
  const isOne = /^[a-z0-9._-]+@([a-z0-9-]+\.)+gserviceaccount\.com$/.test(String(value))
  return isOne ? String(value) : otherwise
}

/** Claims that are seconds since the epoch (RFC 7519 section 4.1). */
const times: readonly string[] = ['exp', 'iat', 'nbf']

/**
 * A token's claims as lines for a person, one each.
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

/** Whoever wrote the token must not move the cursor of whoever reads it. */
function plain(text: string): string {
  return text.replace(/[^ -~]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
