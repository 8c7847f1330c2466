import type { JSONWebKeySet } from 'jose'
import { createTestIssuer, type Forgery, type TestIssuer } from '../src/index.ts'

/** The caller and the audience of these tests. */
export const target = {
  email: 'login@acme.iam.gserviceaccount.com',
  audience: 'https://search-123.us-central1.run.app',
} as const

/** When these tests happen, in milliseconds since the epoch. */
export const now = Date.UTC(2026, 10, 22)

/** An issuer, its key set as jose takes it, and its forgeries for the target. */
export async function forged(): Promise<{
  issuer: TestIssuer
  jwks: JSONWebKeySet
  forgeries: Forgery[]
}> {
  const issuer = await createTestIssuer({ now: () => now })
  const forgeries = await issuer.forgeries({ ...target, subject: '107512345678901234567' })
  return { issuer, jwks: issuer.jwks() as JSONWebKeySet, forgeries }
}

/** The token of a forgery. */
export function tokenOf(forgery: Forgery | undefined): string {
  return forgery?.headers.authorization?.replace(/^Bearer /, '') ?? ''
}
