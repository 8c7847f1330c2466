import { expect, onTestFinished, test, vi } from 'vitest'
import { createFrontDoorServer } from '../../src/front-door/front-door.ts'
import { listen } from '../../src/http/listen.ts'
import { send } from '../send.ts'

test('a call that it can not hand on by its own fault ends, with a warning and without the query', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warn.mockRestore())
  const { url, close } = await listen(
    createFrontDoorServer(async () => {
      throw new Error('a fault')
    }),
  )
  onTestFinished(close)
  await expect(send(`${url}/orders?key=secret`)).rejects.toThrow()
  expect(warn.mock.calls).toMatchObject([
    [
      'the emulator failed to hand on GET /orders because of a fault of its own: a fault',
      { code: 'COUNTERSIGN_EMULATOR_FAULT' },
    ],
  ])
})
