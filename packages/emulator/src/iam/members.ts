import { type Account, strangerAccount } from '../google/accounts.ts'

/** Who asks: the holder of a valid token. */
export interface Principal {
  /** The unique id, to which IAM binds roles. */
  subject: string
  email?: string | undefined
}

/**
 * Whether a member of a binding is this principal.
 *
 * Roles are bound to an account's unique id, not to its email: a deleted account that is re-created
 * with the same email is a stranger
 * (https://cloud.google.com/iam/docs/service-accounts-delete-undelete).
 *
 * @param principal undefined for a caller without a token
 * @param accounts the policy's accounts, by email
 */
export function isMember(
  member: string,
  principal: Principal | undefined,
  accounts: ReadonlyMap<string, Account>,
): boolean {
  if (member === 'allUsers') return true
  if (principal === undefined) return false
  if (member === 'allAuthenticatedUsers') return true
  const { kind, id } = partsOf(member)
  if (kind === 'domain') return isPersonOf(id, principal)
  return isAccount(kind, id) && subjectOf(id, accounts) === principal.subject
}

/** The email that a member names, also if the account was deleted. */
export function emailOf(member: string): string | undefined {
  const { kind, id } = partsOf(member.replace(/^deleted:/, ''))
  const email = id.replace(/\?uid=.*$/, '')
  return isAccount(kind, email) ? email : undefined
}

/** The unique id of the account that a member names. */
export function subjectOf(email: string, accounts: ReadonlyMap<string, Account>): string {
  return (accounts.get(email) ?? strangerAccount(email)).subject
}

/** Why nobody is known to be this member; undefined if the emulator can tell who is. */
export function whyUnknown(member: string): string | undefined {
  const { kind, id } = partsOf(member)
  switch (kind) {
    case 'group':
      return 'The emulator does not know the members of groups'
    case 'principal':
    case 'principalSet':
      return 'The emulator does not know the members of identity pools: no Google ID token names them'
    case 'projectOwner':
    case 'projectEditor':
    case 'projectViewer':
      return 'The emulator does not evaluate members that stand for the basic roles of a project'
    case 'serviceAccount':
      return id.includes('[') ? 'The emulator does not know Kubernetes service accounts' : undefined
    default:
      return undefined
  }
}

/** Whether the account of a member was deleted. It is nobody until it is restored. */
export function isDeleted(member: string): boolean {
  return member.startsWith('deleted:')
}

/** The member of an account or a person. */
export function memberOf(email: string): string {
  return `${isServiceAccount(email) ? 'serviceAccount' : 'user'}:${email}`
}

/**
 * A member as Google writes it: emails are in lower case.
 *
 * @returns the member, or what is wrong with it, in Google's words
 */
export function checkMember(member: string): { member: string } | { problem: string } {
  if (member === 'allUsers' || member === 'allAuthenticatedUsers') return { member }
  const { kind, id } = partsOf(member)
  const pattern = patterns.get(kind)
  if (!pattern) {
    return {
      problem: `The member ${shown(member)} is of an unknown type. Please set a valid type prefix for the member.`,
    }
  }
  if (member.length > maxLength || !pattern.test(id))
    return { problem: `Invalid member: ${shown(member)}` }
  if (kind === 'user' && isServiceAccount(id)) return { problem: wrongType(id, 'serviceAccount') }
  if (kind === 'serviceAccount' && !id.includes('[') && !isServiceAccount(id)) {
    return { problem: wrongType(id, 'user') }
  }
  return { member: hasEmail.has(kind) ? `${kind}:${id.toLowerCase()}` : member }
}

/** Longer than any email or principal. */
const maxLength = 1_000

const hasEmail: ReadonlySet<string> = new Set(['user', 'serviceAccount', 'group', 'domain'])

/** No quotes, no white space and no control characters, of any script. */
const email = /^[\w.%+'&~-]+@[a-z\d-]+(?:\.[a-z\d-]+)+$/i
const domain = /^[a-z\d-]+(?:\.[a-z\d-]+)+$/i
const kubernetes = /^[a-z\d:.-]+\.svc\.id\.goog\[[a-z\d-]+\/[a-z\d.-]+\]$/
const project = /^[a-z\d:.-]+$/i
const identity = /^\/\/[\w.-]+\/[\w./@:%*+=~-]+$/

const patterns: ReadonlyMap<string, RegExp> = new Map([
  ['user', email],
  ['serviceAccount', new RegExp(`${email.source}|${kubernetes.source}`, 'i')],
  ['group', email],
  ['domain', domain],
  ['projectOwner', project],
  ['projectEditor', project],
  ['projectViewer', project],
  ['principal', identity],
  ['principalSet', identity],
  [
    'deleted',
    /^(?:(?:user|serviceAccount|group):[\w.+@-]+\?uid=\d{1,30}|principal(?:Set)?:\/\/[\w./@:%*+=~?-]+)$/,
  ],
])

function wrongType(email: string, kind: string): string {
  return `Principal ${shown(email)} is of type "${kind}". The principal should appear as "${kind}:${shown(email)}".`
}

/** A stranger wrote it, and it goes into an answer. */
function shown(text: string): string {
  return text.slice(0, 200).replace(/[^ -~]/g, '?')
}

function partsOf(member: string): { kind: string; id: string } {
  const mark = member.indexOf(':')
  return { kind: member.slice(0, Math.max(mark, 0)), id: member.slice(mark + 1) }
}

function isAccount(kind: string, email: string): boolean {
  return (kind === 'user' || kind === 'serviceAccount') && !email.includes('[')
}

function isPersonOf(domain: string, { email = '' }: Principal): boolean {
  return !isServiceAccount(email) && email.toLowerCase().endsWith(`@${domain}`)
}

function isServiceAccount(email: string): boolean {
  return /[@.]gserviceaccount\.com$/i.test(email)
}
