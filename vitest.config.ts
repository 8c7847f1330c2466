import { configDefaults, defineConfig } from 'vitest/config'

/**
 * Workspace packages resolve to their sources, so that tests need no build. Vitest hands the list to
 * Node too, so it holds nothing that would change what `require` finds.
 */
const conditions = ['@countersign/source', 'node']

/** A CI runner in Kubernetes has the first, some shells the second: the emulator refuses both. */
delete process.env.KUBERNETES_SERVICE_HOST
delete process.env.NODE_ENV

/** Where the results go as JSON, for `.ci/run` to add up. */
const { TEST_RESULTS: outputFile } = process.env

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/test/**/*.test.ts',
      'packages/emulator/page/test/**/*.test.ts',
      'test/**/*.test.ts',
    ],
    exclude: [...configDefaults.exclude, 'test/interop/**', 'test/container/**'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: outputFile ? ['default', ['json', { outputFile }]] : ['default'],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
  },
})
