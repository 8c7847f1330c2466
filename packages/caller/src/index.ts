export { createServiceFetch } from './create-service-fetch.ts'
export type { ExternalAccountConfig, ServiceAccountKey } from './credentials.ts'
export type { ErrorDetails, IdTokenErrorCode, TargetNotAllowedCode } from './errors.ts'
export {
  IdTokenError,
  isIdTokenError,
  isTargetNotAllowedError,
  TargetNotAllowedError,
} from './errors.ts'
export type {
  CallEvent,
  LogEntry,
  RefusalLogEntry,
  TargetsLogEntry,
  TokenLogEntry,
} from './events.ts'
export type { AudienceHealth, CallerHealth, CallerRulesInForce, TokenFailure } from './health.ts'
export type { ApplicationDefaultOptions } from './identity/application-default.ts'
export { applicationDefault } from './identity/application-default.ts'
export type { ImpersonateOptions } from './identity/impersonate.ts'
export { impersonate } from './identity/impersonate.ts'
export type { MetadataServerOptions } from './identity/metadata-server.ts'
export { metadataServer } from './identity/metadata-server.ts'
export { serviceAccountKey } from './identity/service-account-key.ts'
export { workloadIdentityFederation } from './identity/workload-identity-federation.ts'
export type {
  AccessTokenSource,
  CallerRules,
  FetchLike,
  IdentityOptions,
  IdentitySource,
  PolicyVersion,
  ServiceFetchOptions,
  Target,
  TokenHeader,
} from './options.ts'
export {
  type AnsweredRequest,
  assertRequestFetchOptions,
  type RequestFetchOptions,
  requestFetch,
} from './request-fetch.ts'
export type { HeadersOptions, ServiceFetch } from './service-fetch.ts'
