import { defineConfig } from 'vitest/config'
import config from '../../vitest.config.ts'

/** The tests of the packages that Stryker mutates: the fewer, the sooner each mutant is judged. */
const include = ['packages/receiver/test/**/*.test.ts', 'packages/shared/test/**/*.test.ts']

export default defineConfig({
  ...config,
  test: { ...config.test, include, isolate: true, bail: 1 },
})
