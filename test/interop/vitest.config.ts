import { configDefaults, defineConfig } from 'vitest/config'
import config from '../../vitest.config.ts'

/** Google's own clients, in their own languages, and containers: `pnpm interop`. Set-up downloads and builds. */
export default defineConfig({
  ...config,
  test: {
    ...config.test,
    include: ['test/interop/**/*.test.ts', 'test/container/**/*.test.ts'],
    exclude: configDefaults.exclude,
    isolate: true,
    disableConsoleIntercept: true,
    testTimeout: 60_000,
    hookTimeout: 8 * 60_000,
  },
})
