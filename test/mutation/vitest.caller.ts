import { defineConfig } from 'vitest/config'
import config from './vitest.receiver.ts'

const include = ['packages/caller/test/**/*.test.ts']

export default defineConfig({ ...config, test: { ...config.test, include } })
