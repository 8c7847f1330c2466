/** What Google's own runtimes set. On one of them the emulator would be somebody's back door. */
const productionVariables = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'FUNCTION_TARGET',
  'GAE_ENV',
] as const

/**
 * Refuses to go on where the process runs on Google Cloud's serverless products: the emulator hands
 * a token of any service to whoever asks.
 *
 * @param env the process's environment
 */
export function assertNotInProduction(
  env: Readonly<Record<string, string | undefined>> = process.env,
): void {
  const found = productionVariables.find((name) => env[name] !== undefined)
  if (found === undefined) return
  throw new Error(
    `The emulator must never run in production: ${found} is set, so this is Cloud Run, Cloud ` +
      'Functions or App Engine. Start it on a developer machine or in CI, without that variable.',
  )
}
