export type { CallEvent } from './events.ts'
export type { IdentitySource } from './identity-source.ts'
export type { FetchLike, ServiceFetchOptions, Target, TokenHeader } from './options.ts'
