import { createHash } from 'node:crypto'
import type { Policy, Service } from '@countersign/policy'

/** A service account. */
export interface Account {
  email: string
  /** Its unique id, which is `sub` in its tokens, and what IAM binds roles to. */
  subject: string
}

/** A project, as the metadata server and key files name it. */
export interface Project {
  id: string
  number: string
  region: string
}

/** Every service account of a policy, by email: those of its services, and those of its pushes. */
export function accountsOf(policy: Policy): ReadonlyMap<string, Account> {
  const pinned = new Map<string, string>()
  const members = [...policy.services.values(), ...policy.pushes.values()]
  for (const { serviceAccount, subject } of members) {
    if (subject !== undefined) pinned.set(serviceAccount, subject)
  }
  return new Map(
    members.map(({ serviceAccount: email }) => {
      return [email, { email, subject: pinned.get(email) ?? subjectOf(email) }]
    }),
  )
}

/** The account of a stranger, which the policy does not contain. */
export function strangerAccount(email: string): Account {
  return { email, subject: subjectOf(email) }
}

/** A unique id in Google's form: 21 digits that begin with 1. It is the same on every start. */
function subjectOf(email: string): string {
  return `1${digitsOf(email, 20)}`
}

/** The project that a service runs in, with likely values for what the policy leaves out. */
export function projectOf(service: Service): Project {
  const id = service.project ?? projectOfEmail(service.serviceAccount) ?? 'emulator'
  return {
    id,
    number: service.projectNumber ?? `1${digitsOf(id, 11)}`,
    region: service.region ?? 'us-central1',
  }
}

/** `login-run@acme.iam.gserviceaccount.com` belongs to the project `acme`. */
function projectOfEmail(email: string): string | undefined {
  const domain = email.slice(email.indexOf('@') + 1)
  const suffix = '.iam.gserviceaccount.com'
  return domain.endsWith(suffix) ? domain.slice(0, -suffix.length) : undefined
}

function digitsOf(text: string, length: number): string {
  const hash = createHash('sha256').update(text).digest('hex')
  return BigInt(`0x${hash}`).toString().padStart(length, '0').slice(-length)
}
