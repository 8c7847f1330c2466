import type { ClaimsDraft } from './claims-draft.ts'
import type { Workshop } from './workshop.ts'

/** Google has two forms of itself, and no third one. */
export function issuerClaims({ target }: Workshop): ClaimsDraft[] {
  const issuers: Record<string, unknown> = {
    missing: undefined,
    empty: '',
    null: null,
    'over http': 'http://accounts.google.com',
    'with a slash': 'https://accounts.google.com/',
    'in upper case': 'HTTPS://ACCOUNTS.GOOGLE.COM',
    'with a space': 'https://accounts.google.com ',
    'with a suffix': 'https://accounts.google.com.evil.example',
    'with Google as the user': 'https://accounts.google.com@evil.example',
    'a list': ['https://accounts.google.com'],
    "the service account's own, self-signed": target.email,
    "Firebase's": 'https://securetoken.google.com/acme',
    "Identity-Aware Proxy's": 'https://cloud.google.com/iap',
  }
  return Object.entries(issuers).map(([what, iss]) => ({
    name: `iss ${what}`,
    why: 'iss is one of two exact texts; what only resembles them is somebody else',
    code: 'issuer_mismatch',
    claims: { iss },
  }))
}
