/**
 * Takes screenshots of the page, light and dark, wide and narrow, for review and for the docs:
 *
 *     node --conditions=@countersign/source test/page/take-screenshots.ts FOLDER [SCENE...]
 */
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { BrowserContextOptions } from 'playwright-core'
import { buildPage } from '../../scripts/build-page.ts'
import { startChromium } from './_chromium.ts'
import { startExamples, useExamples } from './_examples.ts'
import { type ManyServices, startManyServices } from './_many-services.ts'
import { type Scene, scenesOf } from './_scenes.ts'

const [folder = 'screenshots', ...chosen] = process.argv.slice(2)
const sizes = { wide: { width: 1280, height: 760 }, narrow: { width: 360, height: 740 } }

mkdirSync(folder, { recursive: true })
await buildPage()
const [empty, examples, many] = [await startExamples(), await startExamples(), await startBusy()]
await useExamples(examples)
const state = await (await fetch(`${examples.url}/emulator/v1/state`)).json()
const header = { countersign: 'recording', version: 1, state }
const recorded = [header, ...examples.events.kept].map((line) => JSON.stringify(line)).join('\n')
const all = scenesOf({ empty, examples, many, recorded })
const scenes = all.filter(({ name }) => chosen.length === 0 || chosen.includes(name))

const browser = await startChromium()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const [size, viewport] of Object.entries(sizes)) {
    for (const scene of scenes)
      await take(scene, `${size}-${colorScheme}`, { colorScheme, viewport })
  }
}
await takeForDocs('call', 'light')
await takeForDocs('graph', 'dark')
await browser.close()
process.exit()

async function take(scene: Scene, suffix: string, options: BrowserContextOptions): Promise<void> {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  await page.goto(scene.url)
  await page.getByText('Live', { exact: true }).waitFor()
  await scene.act?.(page)
  await page.screenshot({ path: `${folder}/${scene.name}-${suffix}.png` })
  await context.close()
}

/** The two screenshots of the guide, in a smaller size to keep the files small. */
async function takeForDocs(name: 'call' | 'graph', colorScheme: 'light' | 'dark'): Promise<void> {
  const scene = all.find((one) => one.name === name)
  const viewport = { width: 1240, height: 470 }
  if (scene) await take(scene, 'docs', { colorScheme, viewport })
}

/** One thousand calls, some of which fail, and some undeclared ones. */
async function startBusy(): Promise<ManyServices> {
  const app = createServer((_req, res) => res.writeHead(Math.random() < 0.05 ? 503 : 200).end())
  await new Promise<void>((listening) => app.listen(0, '127.0.0.1', listening))
  const services = await startManyServices(
    `http://127.0.0.1:${(app.address() as AddressInfo).port}`,
  )
  for (let number = 0; number < 1_000; number += 50) {
    await Promise.all(Array.from({ length: 50 }, (_, index) => services.call(number + index)))
  }
  await services.callAs('service-9', 'service-5')
  await services.callAs('service-120', 'service-7')
  return services
}
