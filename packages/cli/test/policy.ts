import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Writes a policy into a folder of its own, with the scripts that its services run. */
export async function policyWith(
  services: Record<string, object>,
  files: Record<string, string> = {},
  pushes: Record<string, object> = {},
  more: { environments?: readonly string[] } = {},
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'countersign-cli-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const environment = {
    project: 'acme',
    projectNumber: '123',
    region: 'us-central1',
    accounts: '{service}-service',
  }
  const names = more.environments ?? ['test']
  const environments = Object.fromEntries(names.map((name) => [name, environment]))
  const policy = join(folder, 'countersign.jsonc')
  await writeFile(policy, JSON.stringify({ environments, services, pushes }))
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
  return policy
}
