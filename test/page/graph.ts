import type { Page } from 'playwright-core'
import { expect, onTestFinished, test } from 'vitest'
import { startExamples, useExamples } from './_examples.ts'
import { openPage } from './_open-page.ts'
import { startWorld } from './_world.ts'

export function graphTests(): void {
  test('undeclared and unused edges are marked, and anonymous callers are nodes', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: 'search' })
    await call({ as: null })
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    const groups = page.locator('.edge-group')
    await groups.nth(2).waitFor()
    expect(await groups.locator('summary').allTextContents()).toEqual([
      ' Used, but not declared (2)',
      ' Declared, but unused (1)',
      ' Used (1)',
    ])
    expect(await page.locator('svg .edge.undeclared text').allTextContents()).toEqual([
      'undeclared 1',
      'undeclared 1',
    ])
    const strangers = page.locator('svg .node.anonymous text')
    expect(await strangers.allTextContents()).toEqual(['(anonymous)'])
    expect(await page.locator('svg .node').count()).toBe(5)
  })

  test('choosing an edge shows its policy entry and filters the calls', async () => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: 'search' })
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    await page.getByRole('button', { name: 'search → user-profiles' }).click()
    expect(await page.locator('.edge-card pre').textContent()).toContain('"search"')
    await page.getByRole('link', { name: 'Show its calls' }).click()
    expect(new URL(page.url()).search).toBe('?from=search&to=user-profiles')
    expect(await page.locator('tr.call .who').allTextContents()).toEqual([
      'search → user-profiles undeclared',
    ])
    await page.getByRole('button', { name: 'Remove filter: from search' }).click()
    expect(await page.locator('tr.call').count()).toBe(2)
  })

  test('an edge of the diagram can be chosen too', async () => {
    const { emulator, call } = await startWorld()
    await call({ as: 'search' })
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    await page.locator('svg .edge.undeclared text').click()
    expect(new URL(page.url()).searchParams.get('from')).toBe('search')
  })

  test('the label of an edge has the colour of its line', async () => {
    const emulator = await startExamples()
    onTestFinished(() => emulator.stop())
    await useExamples(emulator)
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    await page.locator('svg .edge.failing').nth(2).waitFor()
    const colours = await page
      .locator('svg .edge:is(.failing, .partly, .undeclared)')
      .evaluateAll((edges) =>
        edges.map((edge) => {
          const [line, label] = [edge.querySelector('.edge-line'), edge.querySelector('text')]
          return [line && getComputedStyle(line).stroke, label && getComputedStyle(label).fill]
        }),
      )
    expect(colours).toHaveLength(5)
    for (const [line, label] of colours) expect(label).toBe(line)
  })

  test('new calls move nothing in the diagram', async () => {
    const { emulator, call } = await startWorld()
    await call()
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    const node = page.locator('svg .node rect').first()
    const before = await node.boundingBox()
    await call()
    await page.getByRole('button', { name: '2 calls' }).waitFor()
    expect(await node.boundingBox()).toEqual(before)
  })

  test('one wrong path does not make an edge undeclared: both counts are shown', async () => {
    const { emulator, call } = await startWorld()
    for (const path of ['/profiles/7', '/profiles/8', '/profiles/9', '/profile/7']) {
      await call({ path })
    }
    const page = await openPage(emulator.url, { path: '/?view=graph' })
    const counts = '4 calls, 3 of them declared, 1 failed'
    await page.getByRole('button', { name: `login → user-profiles ${counts}` }).click()
    expect(await page.locator('.edge-group').first().locator('summary').textContent()).toContain(
      'Declared, but not every call (1)',
    )
    expect(await page.locator('svg .edge.partly text').textContent()).toBe('undeclared 1/4')
    const card = page.locator('.edge-card')
    expect(await card.locator('.operations').textContent()).toBe('GET /profile/7 1 call')
    expect(await card.textContent()).toContain('Did you mean GET /profiles/7?')
    expect(await card.locator('pre').isVisible()).toBe(false)
  })

  test.each([
    ['at first', 0],
    ['after Fit', 3],
  ])('the whole diagram is visible at 420 pixels, %s', async (_when, zooms) => {
    const { emulator, call } = await startWorld()
    await call()
    await call({ as: 'search' })
    await call({ as: null })
    await emulator.push('invoices', { maxAttempts: 1 })
    const viewport = { width: 420, height: 800 }
    const page = await openPage(emulator.url, { path: '/?view=graph', viewport })
    await page.locator('svg .node').nth(5).waitFor()
    for (let zoom = 0; zoom < zooms; zoom += 1) {
      await page.getByRole('button', { name: 'Zoom in' }).click()
    }
    if (zooms > 0) {
      await expect.poll(() => cutParts(page)).not.toEqual([])
      await page.getByRole('button', { name: 'Fit' }).click()
    }
    await expect.poll(() => cutParts(page)).toEqual([])
    const name = page.locator('svg .node text').first()
    expect((await name.boundingBox())?.height).toBeGreaterThan(8)
  })
}

/** Texts of the nodes and labels that are not completely visible. */
function cutParts(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const visible = document.querySelector('.graph-scroller')?.getBoundingClientRect()
    if (!visible) return ['no diagram']
    const parts = [...document.querySelectorAll('svg :is(.node, .edge-label)')]
    const cut = parts.filter((part) => {
      const { left, right, top, bottom } = part.getBoundingClientRect()
      const isWithin = left >= visible.left && right <= visible.right
      return !isWithin || top < visible.top || bottom > visible.bottom
    })
    return cut.map(({ textContent }) => textContent ?? '')
  })
}
