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
  AccessChanged,
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
  Grant,
  GrantChanged,
  GrantCondition,
  GrantResource,
  GrantSource,
  HeaderList,
  Layer,
  MissingGrant,
  Party,
  PolicyFollowed,
  PushAttempted,
  PushState,
  RefusalReported,
  ServiceAccess,
  ServiceState,
  TokenIssued,
} from './events.ts'
export type { PushAttempt, PushOptions, PushResult } from './pushes.ts'
export { startEmulator } from './start-emulator.ts'
export type { StartEmulatorOptions } from './start-emulator-options.ts'
