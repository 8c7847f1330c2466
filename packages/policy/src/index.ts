export { type InvokerGrant, invokerGrants } from './invoker-grants.ts'
export type { LoadPolicyOptions } from './load-policy.ts'
export { loadPolicy, policyEnvironments } from './load-policy.ts'
export type { Policy, PolicyEvent, PushSender, Rule, Service, WatchedPolicy } from './policy.ts'
export type { PolicyErrorCode, PolicyErrorDetails, PolicyIssue } from './policy-error.ts'
export { PolicyError } from './policy-error.ts'
export type {
  EnvironmentEntry,
  PolicyFile,
  PushEntry,
  RuleEntry,
  ServiceEntry,
} from './policy-file.ts'
export {
  type AccountHolder,
  type Right,
  type SharedAccount,
  sharedAccounts,
} from './shared-accounts.ts'
export { type WatchPolicyOptions, watchPolicy } from './watch-policy.ts'
