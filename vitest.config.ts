import { defineConfig } from 'vitest/config'

/** Workspace packages resolve to their sources, so that tests need no build. */
const conditions = ['@countersign/source', 'module', 'node', 'import', 'default']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    coverage: { provider: 'v8', include: ['packages/*/src/**/*.ts'] },
  },
})
