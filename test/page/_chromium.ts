import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * Path of the machine's Chromium: `CHROMIUM`, or the first one in `PATH`. `.ci/run` sets `CHROMIUM` if
 * there is one, so that the tests fail instead of being skipped if it can't be started.
 */
export const chromiumPath: string | undefined = process.env.CHROMIUM ?? onPath()

/** Starts Chromium without a window. */
export async function startChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error('CHROMIUM: there is no Chromium on this machine')
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
}
