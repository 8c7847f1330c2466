import { describe, expect, test } from 'vitest'
import { defaultAudience } from '../../src/targets/target.ts'

describe('the default audience', () => {
  test.each([
    ['https://svc-123.us-central1.run.app', '', 'https://svc-123.us-central1.run.app'],
    ['https://svc-123.us-central1.run.app', '/api', 'https://svc-123.us-central1.run.app'],
    ['https://green---svc-4x2-uc.a.run.app', '', 'https://svc-4x2-uc.a.run.app'],
    ['http://green---svc-4x2-uc.a.run.app', '', 'http://svc-4x2-uc.a.run.app'],
    ['https://a---b.example.com', '', 'https://a---b.example.com'],
    ['https://r-p.cloudfunctions.net', '/fn', 'https://r-p.cloudfunctions.net/fn'],
    ['http://127.0.0.1:8080', '/api', 'http://127.0.0.1:8080'],
    ['https://evilrun.app', '', 'https://evilrun.app'],
  ])('of %s%s is %s', (origin, prefix, audience) => {
    expect(defaultAudience(origin, prefix)).toBe(audience)
  })
})
