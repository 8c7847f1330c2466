export { createTestIssuer } from './create-test-issuer.ts'
export type { Forgery, ForgeryFamily, ForgeryTarget } from './forgery.ts'
export type { IdTokenOptions, PublicJwk, TestIssuer, TestIssuerOptions } from './test-issuer.ts'
