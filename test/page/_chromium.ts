import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable']

/**
 * The machine's Chromium. `CHROMIUM` names it, as `.ci/run` does where there is one: then tests that
 * could not start it fail.
 */
export const chromiumPath: string | undefined = process.env.CHROMIUM ?? onPath()

/** Starts it, without a window. */
export async function startChromium(): Promise<Browser> {
  if (!chromiumPath) throw new Error('CHROMIUM: there is no Chromium on this machine')
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] })
}

function onPath(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter)
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(existsSync)
}
