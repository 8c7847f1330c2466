import type { Environment } from '@countersign/shared/environment'
import { metadata } from '../rules/metadata-server.ts'

const timeoutMs = 3000

/**
 * Makes the function that names the project, which Cloud Logging wants before a trace: of
 * `GOOGLE_CLOUD_PROJECT`, which Cloud Run doesn't set, else of its metadata server. That is asked when
 * first needed, and nobody waits for it.
 */
export function projectFinder(env: Environment): () => string | undefined {
  let project = env.GOOGLE_CLOUD_PROJECT || undefined
  let isAsked = !env.K_SERVICE

  async function ask(): Promise<void> {
    isAsked = true
    try {
      const signal = AbortSignal.timeout(timeoutMs)
      project = await metadata('project/project-id', { env, signal })
    } catch {
      isAsked = false
    }
  }

  return () => {
    if (project === undefined && !isAsked) void ask()
    return project
  }
}
