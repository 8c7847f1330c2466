export type {
  AwsFederationConfig,
  ClaimOverrides,
  FederationConfig,
  GenuineIdentity,
  ServiceAccountKey,
  SigningKey,
  UserCredentials,
} from './credentials.ts'
export type { Drill, DrillableEndpoint, DrillOptions, Fault } from './drills.ts'
export type { Emulator } from './emulator.ts'
export type {
  AudienceTolerance,
  CallHandled,
  DrillChanged,
  EdgeState,
  EmulatorEvent,
  EmulatorEvents,
  EmulatorRequest,
  EmulatorState,
  Endpoint,
  FrontDoorRefusal,
  HeaderList,
  Layer,
  Party,
  PolicyFollowed,
  PushAttempted,
  PushState,
  RefusalReported,
  ServiceState,
  TokenIssued,
} from './events.ts'
export type { PushAttempt, PushOptions, PushResult } from './pushes.ts'
export { startEmulator } from './start-emulator.ts'
export type { StartEmulatorOptions } from './start-emulator-options.ts'
