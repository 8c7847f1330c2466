import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { type ManyServices, manyNames, startManyServices } from './_many-services.ts'
import { openPage } from './_open-page.ts'

const callsPerSecond = Math.ceil(1_000 / 60)
const seconds = 3

export function busyTests(): void {
  test('200 services and 1,000 calls a minute: few nodes, and the page answers at once', async () => {
    const { emulator, call } = await startMany()
    for (let number = 0; number < 600; number += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, index) => call(number + index)))
    }
    const page = await openPage(emulator.url)
    await page.getByText(/^600 calls$/).waitFor()
    await watchLongTasks(page)
    for (let number = 0; number < seconds * callsPerSecond; number += 1) {
      await Promise.all([call(number), sleep(1_000 / callsPerSecond)])
    }
    expect(await page.locator('*').count()).toBeLessThan(1_500)
    const { longest, slowest } = await longestTasks(page)
    expect(longest).toBeLessThan(Math.max(200, 15 * slowest))
    const { search, nothing } = await searchTimes(page)
    expect(search / nothing).toBeLessThan(10)
  }, 60_000)

  test('the graph of 200 services shows those with problems, and all of them on request', async () => {
    const { emulator, call, callAs } = await startMany()
    await Promise.all(manyNames.map((_, index) => call(index)))
    for (let number = 0; number < 36; number += 3) {
      await callAs(`service-${number}`, `service-${number + 100}`)
    }
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    await page.getByText('of 200 nodes: failing and undeclared edges').waitFor()
    await page.locator('svg .edge.undeclared').nth(11).waitFor()
    const shown = await page.locator('svg .node').count()
    expect(shown).toBeGreaterThan(1)
    expect(shown).toBeLessThan(31)
    expect(await leastLetter(page)).toBeGreaterThan(7)
    await page.setViewportSize({ width: 360, height: 740 })
    expect(await leastLetter(page)).toBeGreaterThan(7)
    await page.getByLabel('Show all').check()
    await page.locator('svg .node').nth(199).waitFor()
    expect(new URL(page.url()).searchParams.get('graph')).toBe('all')
    expect(await page.locator('.edge-button').count()).toBeLessThan(110)
  })
}

async function startMany(): Promise<ManyServices> {
  const many = await startManyServices(await listen((_req, res) => res.end('hello')))
  onTestFinished(() => many.emulator.stop())
  return many
}

/** Size on the screen of a node's name, which has 13 px in the diagram. */
function leastLetter(page: Page): Promise<number> {
  const text = page.locator('svg .node text').first()
  return text.evaluate((element) => {
    const { a: scale } = (element as SVGTextElement).getScreenCTM() ?? { a: 0 }
    return 13 * scale
  })
}

/** Beside them runs a loop of some 10 ms: on a busy machine it takes longer, as the tasks do. */
async function watchLongTasks(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: number[] = []
    const loops: number[] = []
    Object.assign(window, { longTasks: seen, loops })
    const observer = new PerformanceObserver((list) => {
      seen.push(...list.getEntries().map(({ duration }) => duration))
    })
    observer.observe({ type: 'longtask' })
    setInterval(() => {
      const begin = performance.now()
      let sum = 0
      for (let number = 0; number < 8_000_000; number += 1) sum += Math.sqrt(number)
      loops.push(sum > 0 ? performance.now() - begin : 0)
    }, 250)
  })
}

async function longestTasks(page: Page): Promise<{ longest: number; slowest: number }> {
  return page.evaluate(() => {
    const { longTasks, loops } = window as unknown as { longTasks: number[]; loops: number[] }
    return { longest: Math.max(0, ...longTasks), slowest: Math.max(0, ...loops) }
  })
}

/** How long a search takes, and typing into a field on a page with nothing, in milliseconds. */
async function searchTimes(page: Page): Promise<{ search: number; nothing: number }> {
  const blank = await page.context().newPage()
  await blank.setContent('<input aria-label="empty" oninput="out.textContent = value"><p id="out">')
  const nothing = await timed(async () => {
    await blank.getByLabel('empty').fill('service-150 200')
    await blank.getByText('service-150 200').waitFor()
  })
  await page.bringToFront()
  const search = await timed(async () => {
    await page.getByRole('searchbox').fill('service-150 200')
    await page.getByText(/^\d+ of \d+ calls$/).waitFor()
  })
  return { search, nothing }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const begin = performance.now()
  await work()
  return performance.now() - begin
}
