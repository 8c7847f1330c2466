import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@countersign/emulator'
import { loadPolicy } from '@countersign/policy'
import { onTestFinished } from 'vitest'

export const profilesUrl = 'https://user-profiles-456.us-central1.run.app'

/** An emulator that stands for Google itself, beside the one that a command may start. */
export interface Google {
  emulator: Emulator
  /** What a developer's machine has: their own credentials, and where "Google" is. */
  env: NodeJS.ProcessEnv
}

/** login calls user-profiles in staging; the developer may impersonate login. */
export async function startGoogle(): Promise<Google> {
  const policy = await loadPolicy(
    {
      environments: {
        staging: {
          project: 'acme-staging',
          projectNumber: '456',
          region: 'us-central1',
          accounts: '{service}-run',
        },
      },
      services: {
        developer: {},
        login: { calls: { 'user-profiles': {} } },
        'user-profiles': {},
      },
    },
    { environment: 'staging' },
  )
  const emulator = await startEmulator({ policy })
  onTestFinished(() => emulator.stop())
  const folder = await mkdtemp(join(tmpdir(), 'countersign-google-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const file = join(folder, 'key.json')
  await writeFile(file, JSON.stringify(await emulator.serviceAccountKey('developer')))
  const env = { COUNTERSIGN_EMULATOR: emulator.url, GOOGLE_APPLICATION_CREDENTIALS: file }
  return { emulator, env }
}
