import { expect, test } from 'vitest'
import { openPage } from './_open-page.ts'
import { recordedRun } from './_recorded-run.ts'
import { profilesUrl, startWorld } from './_world.ts'

export function recordingTests(): void {
  test('a recorded run opens in the same views, marked, and without live actions', async () => {
    const { emulator, text } = await runAndEmulator()
    const page = await openPage(emulator.url)
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
    await page.getByLabel('Recording').setInputFiles(file('ci-run.jsonl', text))
    await page.locator('.banner.recorded', { hasText: 'ci-run.jsonl' }).waitFor()
    await page.getByRole('row', { name: 'token_invalid' }).click()
    expect(await page.locator('.mismatch del').textContent()).toBe('/v1')
    expect(await page.getByRole('button', { name: 'Replay' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Graph' }).click()
    await page.getByRole('button', { name: 'login → user-profiles' }).waitFor()
    await page.getByRole('link', { name: 'Pushes' }).click()
    expect(await page.getByRole('button', { name: 'Send' }).count()).toBe(0)
    await page.getByRole('link', { name: 'Drills' }).click()
    expect(await page.getByRole('button', { name: /^Start/ }).count()).toBe(0)
    await page.getByRole('button', { name: 'Close recording' }).click()
    await page.getByRole('link', { name: 'Calls' }).click()
    await page.getByRole('heading', { name: 'No calls yet' }).waitFor()
  })

  test('a recording can be dropped on the page', async () => {
    const { emulator, text } = await runAndEmulator()
    const page = await openPage(emulator.url)
    await page.locator('main').waitFor()
    const data = await page.evaluateHandle((content) => {
      const transfer = new DataTransfer()
      transfer.items.add(new File([content], 'dropped.jsonl'))
      return transfer
    }, text)
    await page.dispatchEvent('main', 'dragover', { dataTransfer: data })
    await page.getByText('Drop the recording to open it').waitFor()
    await page.dispatchEvent('main', 'drop', { dataTransfer: data })
    await page.locator('.banner.recorded', { hasText: 'dropped.jsonl' }).waitFor()
    expect(await page.locator('tr.call').count()).toBe(2)
  })

  test('a recording that is opened while the list is paused is shown completely', async () => {
    const { emulator, text } = await runAndEmulator()
    const page = await openPage(emulator.url)
    await page.getByText('Live', { exact: true }).waitFor()
    await emulator.push('orders', { maxAttempts: 1 })
    await page.getByRole('button', { name: 'Pause' }).click()
    const calls = [1, 2, 3].map((id) => JSON.stringify({ ...aCall, id: id * 1_000 }))
    const long = [text.trimEnd(), ...calls].join('\n')
    await page.getByLabel('Recording').setInputFiles(file('long.jsonl', long))
    await page.locator('.banner.recorded').waitFor()
    expect(await page.locator('tr.call').count()).toBe(5)
  })

  test('a file that is not a recording is refused, and the view stays', async () => {
    const { emulator, call } = await startWorld()
    await call()
    const page = await openPage(emulator.url)
    await page.locator('tr.call').waitFor()
    await page.getByLabel('Recording').setInputFiles(file('notes.txt', 'hello'))
    await page.locator('.toast', { hasText: 'notes.txt: This is not a recording' }).waitFor()
    expect(await page.locator('tr.call').count()).toBe(1)
    await page.getByRole('button', { name: 'Dismiss' }).click()
    expect(await page.locator('.toast').count()).toBe(0)
  })
}

const aCall = {
  ...{ type: 'call', at: 1, receiver: 'search', method: 'GET', target: '/', status: 200 },
  ...{ durationMs: 1, declared: true, layers: [] },
}

/** Records a run of two calls, and starts another emulator to view it. */
async function runAndEmulator() {
  const text = await recordedRun(async ({ call }) => {
    await call()
    await call({ audience: `${profilesUrl}/v1` })
  })
  const { emulator } = await startWorld()
  return { emulator, text }
}

function file(name: string, content: string) {
  return { name, mimeType: 'text/plain', buffer: Buffer.from(content) }
}
