export { callerOf } from './caller-of.ts'
export { type SignCallsOptions, signCalls } from './sign-calls.ts'
export { type VerifyCallerOptions, verifyCaller } from './verify-caller.ts'
