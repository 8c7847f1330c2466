export { callerOf } from './caller.ts'
export { type SignCallsHandler, type SignCallsOptions, signCalls } from './sign-calls.ts'
export {
  type VerifyCallerHandler,
  type VerifyCallerOptions,
  verifyCaller,
} from './verify-caller.ts'
