export type {
  AwsFederationConfig,
  FederationConfig,
  ServiceAccountKey,
  UserCredentials,
} from './credential-files.ts'
export type { Drill, DrillableEndpoint, DrillOptions, Fault } from './drills.ts'
export type { Emulator } from './emulator.ts'
export type { ClaimOverrides, SigningKey } from './emulator-credentials.ts'
export type { EmulatorState, ServiceState } from './emulator-state.ts'
export type {
  CallHandled,
  DrillChanged,
  EmulatorEvent,
  EmulatorEvents,
  PushAttempted,
  TokenIssued,
} from './events.ts'
export type { GenuineIdentity } from './identities.ts'
export type { AudienceTolerance, HeaderList, Layer, Party } from './layers.ts'
export type { PushAttempt, PushOptions, PushResult } from './pushes.ts'
export type { EmulatorRequest, Endpoint, FrontDoorRefusal } from './requests.ts'
export { startEmulator } from './start-emulator.ts'
export type { StartEmulatorOptions } from './start-emulator-options.ts'
