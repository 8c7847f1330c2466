export type { Policy, PushSender, Rule, Service } from './policy.ts'
