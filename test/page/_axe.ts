import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { expect } from 'vitest'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/**
 * Fails if axe finds a problem in the current view, with all details open, or if the view scrolls
 * sideways.
 *
 * @param what name of the view, for the message
 */
export async function expectAccessible(page: Page, what: string): Promise<void> {
  await page.evaluate(openDetails)
  expect(await page.evaluate(`${axe}; axe.run().then(${found})`), what).toEqual([])
  expect(await page.evaluate(tooWide), `${what} scrolls sideways`).toEqual([])
}

function openDetails(): void {
  for (const details of document.querySelectorAll('details')) details.open = true
}

/**
 * Elements that scroll sideways by mistake; the diagram, the list of views and wide tables are
 * meant to.
 */
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
function found({ violations }: AxeResults): string[] {
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}
