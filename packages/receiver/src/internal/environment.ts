/** What the receiver reads of its environment: here, and nowhere else. */
export interface Environment {
  readonly [name: string]: string | undefined
}

/** The process's environment, as it is when a receiver is created. */
export function environment(): Environment {
  return process.env
}

/** The audiences of `COUNTERSIGN_AUDIENCE`, which are separated by commas. */
export function audiencesOf(env: Environment): string[] {
  return (env.COUNTERSIGN_AUDIENCE ?? '')
    .split(',')
    .map((audience) => audience.trim())
    .filter((audience) => audience !== '')
}

/**
 * The mode of `COUNTERSIGN_MODE`. A word nobody knows stops the start: taken for `enforce` it would
 * refuse calls that a roll-out meant to let through, taken for `report-only` the reverse.
 */
export function modeOf(env: Environment): 'enforce' | 'report-only' {
  const mode = env.COUNTERSIGN_MODE
  if (mode === undefined || mode === '' || mode === 'enforce') return 'enforce'
  if (mode === 'report-only') return mode
  throw new TypeError(`COUNTERSIGN_MODE is "${mode}": set it to "enforce" or "report-only"`)
}

/**
 * Where the metadata server is: the variables that Google's own libraries heed, which may hold a
 * scheme, else its address.
 */
export function metadataHostOf(env: Environment): string {
  const host = env.GCE_METADATA_IP || env.GCE_METADATA_HOST || '169.254.169.254'
  return host.replace(/^http:\/\//, '').replace(/\/$/, '')
}
