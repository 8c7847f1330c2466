import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { profilesUrl, startWorld } from './_world.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

const views = [
  'calls',
  'calls&call=',
  'graph&from=search&to=user-profiles',
  'pushes',
  'drills',
  'inspector',
]
const wide = { width: 1280, height: 800 }
const narrow = { width: 360, height: 740 }

export function accessibilityTests(): void {
  test.each([
    ['light', 'wide', wide],
    ['dark', 'narrow', narrow],
  ] as const)(
    'axe finds nothing serious, %s and %s',
    async (colorScheme, _size, viewport) => {
      const { emulator, call } = await startWorld()
      await call()
      await call({ as: null })
      await call({ as: 'search' })
      await call({ audience: `${profilesUrl}/` })
      await emulator.push('orders', { maxAttempts: 2, speed: 10_000 })
      await emulator.drill({ fault: { kind: 'html' }, endpoint: 'identity' })
      const last = emulator.events.kept.findLast(({ type }) => type === 'call')
      const page = await openPage(emulator.url, { colorScheme, viewport })
      for (const view of views) {
        await page.goto(`${emulator.url}/?view=${view}${view.endsWith('call=') ? last?.id : ''}`)
        await page.getByText('Live', { exact: true }).waitFor()
        if (view === 'inspector') {
          await page.getByLabel('ID token').fill(await emulator.idToken('login', `${profilesUrl}/`))
        }
        await page.evaluate(openDetails)
        expect(await page.evaluate(`${axe}; axe.run().then(${serious})`), view).toEqual([])
        expect(await page.evaluate(tooWide), `${view} scrolls sideways`).toEqual([])
      }
    },
    60_000,
  )
}

function openDetails(): void {
  for (const details of document.querySelectorAll('details')) details.open = true
}

/** What scrolls sideways though nothing asks for it: the picture, the views and wide tables may. */
function tooWide(): string[] {
  return [...document.querySelectorAll('html, main, .call-body, .edges, .calls-scroller')]
    .filter((element) => element.scrollWidth > element.clientWidth)
    .flatMap((outer) => {
      const { right } = outer.getBoundingClientRect()
      const inner = [...outer.querySelectorAll('*')]
      return inner.filter((element) => element.getBoundingClientRect().right > right)
    })
    .map(({ outerHTML }) => outerHTML.slice(0, 200))
}

/** Runs in the page. */
function serious({ violations }: AxeResults): string[] {
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
