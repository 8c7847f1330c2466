import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { configDefaults, defineConfig } from 'vitest/config'
import { createSkipReporter } from './test/skip-reporter.ts'

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
    isolate: false,
    setupFiles: [inRoot('test/fresh-file.ts')],
    // Vitest leaves a core to itself. Two cores take three: many tests wait for a child, and two leave 40 % idle.
    maxWorkers: Math.max(3, availableParallelism() - 1),
    // Commands that tests start: reading their sources is half of their time.
    env: { NODE_COMPILE_CACHE: inRoot('node_modules/.cache/compile') },
    testTimeout: 20_000,
    hookTimeout: 20_000,
    reporters: outputFile
      ? ['default', createSkipReporter(), ['json', { outputFile }]]
      : ['default', createSkipReporter()],
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
  },
})

function inRoot(path: string): string {
  return fileURLToPath(new URL(path, import.meta.url))
}
