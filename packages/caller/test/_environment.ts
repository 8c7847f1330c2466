import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, vi } from 'vitest'

const variables = [
  'COUNTERSIGN_EMULATOR',
  'COUNTERSIGN_EMULATOR_ALLOW_BEYOND',
  'COUNTERSIGN_EMULATOR_ALLOW_HOST',
  'COUNTERSIGN_EMULATOR_CONFIRM',
  'COUNTERSIGN_FRONT_DOORS',
  'COUNTERSIGN_MODE',
  'COUNTERSIGN_SERVICE',
  'COUNTERSIGN_SERVICE_URLS',
  'GOOGLE_APPLICATION_CREDENTIALS',
  'google_application_credentials',
  'GCE_METADATA_HOST',
  'GCE_METADATA_IP',
  'K_SERVICE',
  'K_REVISION',
  'CLOUD_RUN_JOB',
  'CLOUD_RUN_WORKER_POOL',
  'GAE_ENV',
  'GAE_INSTANCE',
  'KUBERNETES_SERVICE_HOST',
  'NODE_ENV',
  'AWS_REGION',
  'AWS_DEFAULT_REGION',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
]

/** A folder of the test's own, where gcloud's files would be, and none of the machine's variables. */
export function useCleanEnvironment(): { path(name: string): string; write: typeof writeJson } {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'countersign-'))
    for (const name of variables) vi.stubEnv(name, undefined)
    vi.stubEnv('CLOUDSDK_CONFIG', folder)
  })
  afterEach(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  const path = (name: string): string => join(folder, name)
  return { path, write: (name, content) => writeJson(path(name), content) }
}

function writeJson(path: string, content: unknown): string {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}
