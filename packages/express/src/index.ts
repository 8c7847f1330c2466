export { callerOf } from './caller-of.ts'
export { type VerifyCallerOptions, verifyCaller } from './verify-caller.ts'
