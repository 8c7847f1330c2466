/** Both sides in report-only mode, by the environment alone: nothing is refused, and all is told. */

import { createServiceFetch } from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'
import { listen } from '../adapters/listen.ts'
import { login, middle, startWorld, targetIn } from './_world.ts'

/** Two services in report-only mode, and a place that nobody listed. */
async function startReporting() {
  vi.stubEnv('COUNTERSIGN_MODE', 'report-only')
  const world = await startWorld()
  const target = targetIn(world)
  const unsigned: unknown[] = []
  const stranger = await listen(({ headers }, response) => {
    unsigned.push(headers.authorization ?? headers['x-serverless-authorization'])
    response.end('{}')
  })
  const serviceFetch = createServiceFetch({ targets: [{ ...target, paths: ['/profiles/7'] }] })
  return { world, target, serviceFetch, stranger, unsigned }
}

/** The lines that are written meanwhile. */
async function linesOf(work: () => Promise<void>): Promise<unknown[]> {
  const lines: unknown[] = []
  const write = vi.spyOn(process.stdout, 'write').mockImplementation((line) => {
    lines.push(JSON.parse(String(line)))
    return true
  })
  await work().finally(() => write.mockRestore())
  return lines
}

describe('COUNTERSIGN_MODE=report-only', () => {
  test('sends a call that the target’s rules lack with its token, and says so', async () => {
    const { target, serviceFetch } = await startReporting()
    const lines = await linesOf(async () => {
      const response = await serviceFetch(`${target.url}/profiles/8`)
      expect([response.status, await response.json()]).toEqual([200, { asked: login }])
    })
    const message = expect.stringContaining('countersign would have refused a call')
    const told = { severity: 'WARNING', message, enforced: false, status: 200 }
    expect(lines).toEqual([expect.objectContaining({ ...told, code: 'operation_not_allowed' })])
  })

  test('sends a call that is on no list without a token, and says so', async () => {
    const { serviceFetch, stranger, unsigned } = await startReporting()
    const lines = await linesOf(async () => {
      expect((await serviceFetch(`${stranger}/a?b=c`)).status).toBe(200)
    })
    expect(unsigned).toEqual([undefined])
    const told = {
      code: 'target_not_allowed',
      enforced: false,
      method: 'GET',
      url: `${stranger}/a`,
    }
    expect(lines).toEqual([expect.objectContaining(told)])
  })

  test('lets in a caller that is not on the other side’s list, which says so', async () => {
    const { world, target } = await startReporting()
    const url = await listen(world.app)
    const identity = { idToken: (audience: string) => world.emulator.idToken('middle', audience) }
    const serviceFetch = createServiceFetch({ targets: [{ ...target, url }], identity })
    const lines = await linesOf(async () => {
      const response = await serviceFetch(`${url}/profiles/7`)
      expect([response.status, await response.json()]).toEqual([200, {}])
    })
    const told = { code: 'caller_not_allowed', enforced: false, caller: middle }
    expect(lines).toEqual([expect.objectContaining(told)])
  })
})
