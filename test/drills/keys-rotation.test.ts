import { describe, expect, test } from 'vitest'
import { answerKeys } from '../../packages/receiver/test/_key-server.ts'
import { pass, steadyCaller, underLoad } from './_load.ts'
import { audience, email } from './_names.ts'
import { published } from './_service.ts'
import { callAs, warmService } from './_warm-service.ts'

const minute = 60_000

describe('rotation', () => {
  test('announced ahead, under load, refuses nobody', async () => {
    const { service, issuer: first } = await warmService()
    const second = await service.issuer('second')
    let signing = first
    const caller = steadyCaller(service, () => signing)
    const time = { step: 3, caller }
    const outcomes = await underLoad(caller, async () => {
      await pass(service, 30, time)
      service.keyServer.answer = answerKeys(published(first, second))
      await pass(service, 75, time)
      signing = second
      await pass(service, 90, time)
      service.keyServer.answer = answerKeys(published(second))
      await pass(service, 120, time)
    })
    expect(Object.keys(outcomes)).toEqual(['200'])
    expect(outcomes['200']).toBeGreaterThan(200)
    expect(service.receiver.health().keys.kids).toEqual(['second'])
    expect(service.keyServer.requests).toBeLessThan(12)
  })

  test('that nobody announced refuses until the next question at most', async () => {
    const { service, issuer: first } = await warmService()
    const second = await service.issuer('second')
    expect(await callAs(await service.issuer('junk'), service)).toMatchObject({
      outcome: '401 key_unknown',
    })
    service.keyServer.answer = answerKeys(published(second))
    expect(await callAs(second, service)).toMatchObject({ outcome: '401 key_unknown' })
    service.clock.time += 30_000
    expect(await callAs(second, service)).toMatchObject({ outcome: '200' })
    expect(await callAs(first, service)).toMatchObject({ outcome: '401 key_unknown' })
  })

  test('a token seen before counts no more once its key was withdrawn', async () => {
    const { service, issuer: first } = await warmService()
    const token = await first.idToken({ email, audience })
    const second = await service.issuer('second')
    expect(await service.call(token)).toMatchObject({ outcome: '200' })
    expect(service.receiver.health().tokenCache.entries).toBe(1)
    service.keyServer.answer = answerKeys(published(second))
    service.clock.time += 59 * minute
    await callAs(second, service)
    expect(await service.call(token)).toMatchObject({ outcome: '401 key_unknown' })
  })
})
