export type {
  ClaimOverrides,
  Emulator,
  EmulatorRequest,
  Endpoint,
  FrontDoorRefusal,
  ServiceAccountKey,
  SigningKey,
} from './emulator.ts'
export { type StartEmulatorOptions, startEmulator } from './start-emulator.ts'
