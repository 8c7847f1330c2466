import type { Emulator } from './emulator.ts'
import { start } from './internal/start.ts'
import type { StartEmulatorOptions } from './start-emulator-options.ts'

/**
 * Starts Google's side of service-to-service calls on this machine: for each service of the policy
 * a metadata server and a Cloud Run front door, and for all of them Google's keys, token endpoint
 * and IAM Credentials. Everything listens on 127.0.0.1 alone, unless told otherwise.
 *
 * > [!WARNING]
 * > It hands a token of any service to whoever asks on this machine. It refuses to start on Cloud
 * > Run, Cloud Functions and App Engine, in Kubernetes, and with `NODE_ENV=production`. Off Cloud Run,
 * > `COUNTERSIGN_EMULATOR_CONFIRM` lets it start: a CI runner in Kubernetes sets it to the URL that the
 * > emulator will have. Nothing tells Compute Engine from a laptop.
 *
 * @example
 * In a test
 * ```ts
 * await using emulator = await startEmulator({ policy: await loadPolicy('countersign.jsonc') })
 * const token = await emulator.idToken('login', 'https://user-profiles-123.us-central1.run.app')
 * ```
 *
 * @param options the policy, and where to listen
 * @throws Error where the process runs in production, the port is taken, or `record` can't be written
 * @throws TypeError for a wrong option
 */
export function startEmulator(options: StartEmulatorOptions): Promise<Emulator> {
  return start(options)
}
