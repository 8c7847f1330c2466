/** The variables of a process. An empty one counts as unset, but for those of a platform. */
export type Environment = Readonly<Record<string, string | undefined>>

/** This process's variables, as they are now. */
export function readEnvironment(): Environment {
  return process.env
}

/**
 * The mode of `COUNTERSIGN_MODE`. An unknown word stops the start: taken for `enforce` it would refuse
 * calls that a roll-out meant to let through, taken for `report-only` the reverse.
 */
export function modeFrom(env: Environment): 'enforce' | 'report-only' | undefined {
  const mode = env.COUNTERSIGN_MODE || undefined
  if (mode === undefined || mode === 'enforce' || mode === 'report-only') return mode
  throw new TypeError(`COUNTERSIGN_MODE is "${mode}": write "enforce" or "report-only"`)
}

/** The host of the metadata server, if a variable names one, in the order of Google's Node libraries. */
export function metadataHostFrom(env: Environment): string | undefined {
  return env.GCE_METADATA_IP || env.GCE_METADATA_HOST || undefined
}

/** What Google's serverless products set, and nothing else does on its own. */
const serverlessVariables = [
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'GAE_ENV',
  'GAE_INSTANCE',
] as const

/** What Firebase's emulator sets for each function that it runs on a laptop. */
const setByFirebase: readonly string[] = ['K_SERVICE', 'K_REVISION']

/**
 * The variable that says that this is Cloud Run, Cloud Functions or App Engine; undefined elsewhere.
 * `FUNCTION_TARGET` proves nothing: the Functions Framework sets it on laptops.
 */
export function serverlessVariable(env: Environment): string | undefined {
  const isFirebase = env.FUNCTIONS_EMULATOR === 'true'
  return serverlessVariables.find(
    (name) => env[name] !== undefined && !(isFirebase && setByFirebase.includes(name)),
  )
}
