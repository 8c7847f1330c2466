import { describe, expect, test, vi } from 'vitest'
import { startCaller } from './_caller.ts'
import { answerMetadata, type MetadataAnswer } from './_metadata.ts'

const minute = 60_000

/** The first answers, one each, and another after them. */
function first(answers: readonly MetadataAnswer[], then: MetadataAnswer): MetadataAnswer {
  const queue = [...answers]
  return (response, audience) => (queue.shift() ?? then)(response, audience)
}

describe('a metadata server that is well again within a call', () => {
  test.each([429, 500, 503])(
    'after %i twice is asked three times, and the call is made',
    async (status) => {
      const { call, metadata, service } = await startCaller()
      metadata.answer = first([answerMetadata(status), answerMetadata(status)], metadata.answer)
      expect(await call()).toEqual({ outcome: '200' })
      expect(metadata.asked).toBe(3)
      expect(service.requests).toBe(1)
    },
  )

  test('after a 400 for the full format is asked once more', async () => {
    const { call, metadata } = await startCaller()
    metadata.answer = first([answerMetadata(400, 'Bad Request')], metadata.answer)
    expect(await call()).toEqual({ outcome: '200' })
    expect(metadata.asked).toBe(2)
  })
})

describe('a slow metadata server', () => {
  test('delays the first call, and answers a hundred with one question', async () => {
    const { call, metadata } = await startCaller()
    const well = metadata.answer
    metadata.answer = (...args) => setTimeout(() => well(...args), 400)
    const startedAt = performance.now()
    const answers = await Promise.all(Array.from({ length: 100 }, () => call()))
    expect(performance.now() - startedAt).toBeGreaterThan(390)
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['200']))
    expect(metadata.asked).toBe(1)
  })

  test('delays nobody who has a token, old as it is', async () => {
    const { call, clock, metadata, serviceFetch } = await startCaller({ timeoutMs: 3000 })
    await call()
    const well = metadata.answer
    metadata.answer = (...args) => setTimeout(() => well(...args), 1000)
    clock.time += 58 * minute
    const startedAt = performance.now()
    expect(await call()).toEqual({ outcome: '200' })
    expect(performance.now() - startedAt).toBeLessThan(500)
    expect(metadata.asked).toBe(2)
    const health = () => serviceFetch.health().audiences[0]
    await vi.waitFor(() => expect(health()).toMatchObject({ tokenExpiresInMs: 60 * minute }), 5000)
  })
})
