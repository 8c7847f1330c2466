const production = [
  ...['K_SERVICE', 'K_REVISION', 'CLOUD_RUN_JOB', 'CLOUD_RUN_WORKER_POOL'],
  ...['GAE_ENV', 'GAE_INSTANCE', 'KUBERNETES_SERVICE_HOST'],
]

/** The emulator's URL; undefined if COUNTERSIGN_EMULATOR is not set. Throws in production. */
export function emulatorUrl(env = process.env) {
  const emulator = env.COUNTERSIGN_EMULATOR
  if (!emulator) return undefined
  const url = /^(https?:\/\/(\[[0-9a-f:]+\]|[a-z0-9._-]+)(?::[0-9]+)?)\/?$/.exec(
    emulator.toLowerCase(),
  )
  if (!url) throw new Error('COUNTERSIGN_EMULATOR is not a URL such as http://127.0.0.1:8790')
  assertNotProduction(emulator, env)
  const [, origin, host] = url
  const allowed = (env.COUNTERSIGN_EMULATOR_ALLOW_HOST ?? '').toLowerCase().split(',')
  const isLoopback = /^(127(\.(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])){3}|\[::1\])$/.test(host)
  if (!isLoopback && !allowed.some((name) => name.trim() === host)) {
    throw new Error(
      `COUNTERSIGN_EMULATOR is on ${host}, not on 127.0.0.1 or [::1]: if that is the emulator's container, set COUNTERSIGN_EMULATOR_ALLOW_HOST=${host}`,
    )
  }
  process.emitWarning(`the emulator at ${origin} stands in for Google`)
  return origin
}

/** Refuses the emulator in production, unless confirmed; on Cloud Run no confirmation counts. */
function assertNotProduction(emulator, env) {
  const firebase = env.FUNCTIONS_EMULATOR === 'true' ? ['K_SERVICE', 'K_REVISION'] : []
  const signs = production.filter((name) => env[name] !== undefined && !firebase.includes(name))
  if (env.NODE_ENV?.replace(/[\s"']/g, '') === 'production') signs.push('NODE_ENV=production')
  const cloudRun = signs.includes('K_SERVICE')
    ? 'K_SERVICE'
    : Object.keys(env).find((name) => name.startsWith('CLOUD_RUN_'))
  const confirmed = env.COUNTERSIGN_EMULATOR_CONFIRM
  if (confirmed && cloudRun && env.KUBERNETES_SERVICE_HOST === undefined) {
    throw new Error(
      `COUNTERSIGN_EMULATOR_CONFIRM is set beside ${cloudRun}, on Cloud Run: remove it and COUNTERSIGN_EMULATOR`,
    )
  }
  if (signs.length > 0 && confirmed !== emulator) {
    throw new Error(
      `COUNTERSIGN_EMULATOR is set beside ${signs[0]}: in production remove it; in CI, for example, set COUNTERSIGN_EMULATOR_CONFIRM=${emulator}`,
    )
  }
}
