export type {
  ClaimOverrides,
  Emulator,
  EmulatorRequest,
  Endpoint,
  ServiceAccountKey,
  SigningKey,
} from './emulator.ts'
export { type StartEmulatorOptions, startEmulator } from './start-emulator.ts'
