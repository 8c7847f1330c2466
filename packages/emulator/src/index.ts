export type { FederationConfig, ServiceAccountKey, UserCredentials } from './credential-files.ts'
export type { Drill, DrillableEndpoint, DrillOptions, Fault } from './drills.ts'
export type {
  ClaimOverrides,
  Emulator,
  EmulatorEvents,
  EmulatorRequest,
  Endpoint,
  FrontDoorRefusal,
  SigningKey,
} from './emulator.ts'
export type {
  CallHandled,
  DrillChanged,
  EmulatorEvent,
  EmulatorState,
  HeaderList,
  Layer,
  Party,
  PushAttempted,
  ServiceState,
  TokenIssued,
} from './events.ts'
export type { GenuineIdentity } from './identities.ts'
export type { PushAttempt, PushOptions, PushResult } from './pushes.ts'
export { type StartEmulatorOptions, startEmulator } from './start-emulator.ts'
