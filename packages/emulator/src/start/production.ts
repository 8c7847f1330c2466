import { cloudRunVariable, productionSign } from '@countersign/shared/emulator-guard'
import { type Environment, readEnvironment } from '@countersign/shared/environment'

/**
 * Refuses to start in production: the emulator gives a token of any service to everybody who asks.
 * It uses the same signs of production as the services, and accepts the same confirmation.
 *
 * @throws {Error} if so; it says what to remove or to set
 */
export function assertNotInProduction(env: Environment = readEnvironment()): void {
  const sign = productionSign(env)
  if (sign === undefined) return
  const isCloudRun = cloudRunVariable(env) !== undefined
  if (env.COUNTERSIGN_EMULATOR_CONFIRM && !isCloudRun) return
  const remedy = isCloudRun
    ? 'Start it on a developer machine or in CI, without that variable.'
    : 'If this is a developer machine or CI (a runner in Kubernetes, for example), set COUNTERSIGN_EMULATOR_CONFIRM to the URL that the emulator will have, such as http://127.0.0.1:8790.'
  throw new Error(`The emulator must never run in production: ${sign} is set. ${remedy}`)
}
