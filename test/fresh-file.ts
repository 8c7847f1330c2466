/**
 * Test files share a process, whose start costs more than most of them. Each still begins with modules that
 * nobody has used, and ends without what it stubbed.
 */
import { afterAll, vi } from 'vitest'

vi.resetModules()

afterAll(() => {
  vi.useRealTimers()
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})
