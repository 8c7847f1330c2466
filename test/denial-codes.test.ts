import { readFile } from 'node:fs/promises'
import { createServiceFetch } from '@countersign/caller'
import type { DenialCode } from '@countersign/receiver'
import { createTestIssuer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { denialOf } from '../packages/receiver/src/call/denials.ts'

/** The places that have to know each denial code and that no compiler holds together. */

interface Place {
  /** Whether one forged call can bring it about, so that `@countersign/testing` has a forgery for it. */
  forged: boolean
  /** Whether a caller gets a new token and calls again: another token can be accepted. */
  calledAgain: boolean
}

const forged = { forged: true, calledAgain: false }
const stale = { forged: true, calledAgain: true }
const notForged = { forged: false, calledAgain: false }

/** A new code doesn't compile until it is here. */
const codes: Record<DenialCode, Place> = {
  token_missing: forged,
  token_ambiguous: forged,
  token_malformed: forged,
  algorithm_not_allowed: forged,
  key_unknown: stale,
  signature_removed: forged,
  signature_invalid: stale,
  issuer_mismatch: forged,
  audience_mismatch: forged,
  token_expired: stale,
  token_not_yet_valid: stale,
  lifetime_too_long: forged,
  claim_invalid: forged,
  email_missing: forged,
  email_unverified: forged,
  not_a_service_account: forged,
  caller_not_allowed: forged,
  subject_mismatch: forged,
  operation_not_allowed: notForged,
  keys_unavailable: notForged,
  audience_unavailable: notForged,
}
const all = Object.keys(codes) as DenialCode[]

const issuer = await createTestIssuer()
const email = 'login-run@acme.iam.gserviceaccount.com'

test('the reference of errors has each code once, with its status, and no other', async () => {
  const page = await readFile(new URL('../docs/reference/errors.md', import.meta.url), 'utf8')
  const table = page.slice(0, page.indexOf('## What a caller throws'))
  const rows = [...table.matchAll(/^\| (\d{3}) \| ([^|]+) \|/gm)].flatMap(([, status, cell = '']) =>
    [...cell.matchAll(/`(\w+)`/g)].map(([, code]) => `${status} ${code}`),
  )
  expect(rows.sort()).toEqual(all.map((code) => `${denialOf(code).status} ${code}`).sort())
})

test('the test kit has a forgery for each code that one call can bring about, with its status', async () => {
  const target = { email, audience: 'https://a.example', subject: '107512345678901234567' }
  const found = (await issuer.forgeries(target)).map(({ expected }) => expected)
  const expected = all.filter((code) => codes[code].forged)
  expect([...new Set(found.map(({ code }) => code))].sort()).toEqual(expected.sort())
  for (const { status, code } of found) expect(status, code).toBe(denialOf(code).status)
})

describe('a caller', () => {
  test.each(all)(
    'that is refused with %s calls again only if another token can help',
    async (code) => {
      const clock = { time: Date.now() }
      const answers = [new Response(), refusalOf(code), refusalOf(code)]
      let tokens = 0
      const serviceFetch = createServiceFetch({
        targets: ['https://a.example'],
        identity: {
          async idToken(audience) {
            tokens += 1
            return issuer.idToken({ email, audience, claims: { tokens } })
          },
        },
        fetch: async () => answers.shift() as Response,
        now: () => clock.time,
      })
      await serviceFetch('https://a.example/')
      clock.time += 60_000 // a token that was just fetched is not replaced
      await serviceFetch('https://a.example/')
      expect(answers).toHaveLength(codes[code].calledAgain ? 0 : 1)
    },
  )
})

function refusalOf(code: DenialCode): Response {
  const { status, headers } = denialOf(code)
  return new Response(null, { status, headers })
}
