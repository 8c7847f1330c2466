import { afterAll, beforeAll, beforeEach } from 'vitest'
import { type Emulator, startEmulator } from '../src/index.ts'
import { type App, startApp } from './app.ts'
import { samplePolicy } from './policy.ts'

/** What the tests of a file talk to. */
export interface Running {
  /** One for all of them. */
  emulator: Emulator
  /** Behind its front doors; a new one for each test. */
  app: App
}

/**
 * Has an emulator run while the tests of a file do.
 *
 * @param services whose front doors lead to the app
 */
export function useEmulator(...services: readonly string[]): Running {
  let emulator: Emulator
  let app: App
  beforeAll(async () => {
    emulator = await startEmulator({ policy: await samplePolicy() })
  })
  afterAll(() => emulator.stop())
  beforeEach(async () => {
    app = await startApp()
    for (const service of services) emulator.forwardTo(service, app.url)
    return () => app[Symbol.asyncDispose]()
  })
  return {
    get emulator() {
      return emulator
    },
    get app() {
      return app
    },
  }
}
