export type { Caller, Decision, Denial, DenialCode, Push } from './decision.ts'
export type { DecisionEvent, LogEntry } from './events.ts'
export type { KeyHealth, KeySource } from './key-source.ts'
export type { AllowEntry, CallerEntry, PushEntry, PushKind, ReceiverOptions } from './options.ts'
