export { createReceiver } from './create-receiver.ts'
export type { Caller, Decision, Denial, DenialCode, Push, PushKind } from './decision.ts'
export type {
  AudienceLogEntry,
  DecisionEvent,
  DenialLogEntry,
  KeysLogEntry,
  LogEntry,
  RulesLogEntry,
} from './events.ts'
export { type GoogleKeysOptions, googleKeys } from './keys/google-keys.ts'
export type { KeyEvent, KeyHealth, KeySource } from './keys/key-source.ts'
export { localKeys } from './keys/key-source.ts'
export type {
  AllowEntry,
  CallerEntry,
  PolicyVersion,
  PushEntry,
  ReceiverOptions,
  ReceiverRules,
} from './options.ts'
export { type ProblemDetails, problemDetails, problemResponse } from './problem-details.ts'
export {
  cloudScheduler,
  cloudTasks,
  eventarc,
  type PushSenderOptions,
  pubsubPush,
  type TaskSenderOptions,
} from './push-senders.ts'
export type { IncomingCall, Receiver, ReceiverHealth, ReceiverRulesInForce } from './receiver.ts'
