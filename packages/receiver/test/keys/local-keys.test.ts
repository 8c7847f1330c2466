import { describe, expect, test } from 'vitest'
import { localKeys } from '../../src/keys/key-source.ts'
import { publicJwk } from '../_key-server.ts'

const good = publicJwk('good')

describe('keys at hand', () => {
  test('are found by their id', async () => {
    const keys = localKeys({ keys: [good] })
    await keys.ready()
    expect(keys.key('good')).toBe(keys.key('good'))
    expect(keys.key('other')).toBeUndefined()
    expect(keys.health()).toEqual({ kids: ['good'] })
  })

  test.each([
    ['a short one', publicJwk('bad', { modulusLength: 1024 })],
    ['one with the exponent 3', publicJwk('bad', { publicExponent: 3 })],
    ['one for encryption', { ...good, kid: 'bad', use: 'enc' }],
    ['one for another algorithm', { ...good, kid: 'bad', alg: 'RS512' }],
    ['one that may only sign', { ...good, kid: 'bad', key_ops: ['sign'] }],
    ['one with broken numbers', { ...good, kid: 'bad', n: '!' }],
    ['one without numbers', { kty: 'RSA', kid: 'bad' }],
    ['one on a curve', { ...good, kid: 'bad', kty: 'EC' }],
    ['one without an id', { ...good, kid: undefined }],
    ['one with an empty id', { ...good, kid: '' }],
    ['null', null as unknown as object],
  ])('%s is passed over, and spoils no other', (_why, key) => {
    expect(localKeys({ keys: [key, good] }).health().kids).toEqual(['good'])
  })

  test('one that says no more than it has to is taken', () => {
    const { kty, n, e, kid } = good as Record<string, string>
    expect(localKeys({ keys: [{ kty, n, e, kid }] }).health().kids).toEqual(['good'])
    expect(localKeys({ keys: [{ ...good, key_ops: ['verify'] }] }).health().kids).toEqual(['good'])
  })

  test('of two with one id the first counts', () => {
    const keys = localKeys({ keys: [good, publicJwk('good')] })
    expect(keys.key('good')).toEqual(localKeys({ keys: [good] }).key('good'))
  })

  test.each([[{ keys: [] }], [{}], [undefined]])('%j stops the start', (jwks) => {
    expect(() => localKeys(jwks as { keys: object[] })).toThrow(TypeError)
  })
})
