import { describe, expect, test } from 'vitest'
import type { Evidence } from '../../src/causes/evidence.ts'
import { findCauses, knownCauses } from '../../src/causes/find-causes.ts'
import { healthy, recorded } from './recorded.ts'

/** From evidence to causes. Nothing here reads or calls anything. */

describe('each cause is named first by evidence that was recorded', () => {
  test.each(recorded)('$cause: $source', ({ cause, evidence }) => {
    const found = findCauses(evidence)
    expect(found.map(({ code }) => code)[0]).toBe(cause)
  })

  test('none is missing', () => {
    const codes = knownCauses.map(({ code }) => code)
    expect(recorded.map(({ cause }) => cause).toSorted()).toEqual(codes.toSorted())
    expect(new Set(codes).size).toBe(codes.length)
  })
})

test.each(Object.entries(healthy))('nothing is found in %s', (_title, evidence) => {
  expect(findCauses(evidence)).toEqual([])
})

test('nothing is found without evidence', () => {
  expect(findCauses({})).toEqual([])
})

test('every cause has a sentence and a fix, also without evidence', () => {
  for (const cause of knownCauses) {
    const sentence = cause.sentence({})
    expect(sentence, cause.code).toMatch(/^\S.{25,}/)
    expect(sentence, cause.code).not.toMatch(/undefined|null|NaN/)
    const steps = cause.fix({})
    expect(steps.length, cause.code).toBeGreaterThan(0)
    expect(JSON.stringify(steps), cause.code).not.toMatch(/undefined|null|NaN/)
  }
})

test('no value of the evidence gets into a command if it does not look like what it should be', () => {
  const hostile = 'x; rm -rf ~ $(id) `id` \u001b[2J'
  const evidence: Evidence = {
    url: `https://a.run.app/${hostile}`,
    service: { name: hostile, project: hostile, region: hostile, urls: [hostile] },
    caller: { name: hostile, account: hostile, expectedAccount: hostile },
    token: { kind: 'id-token', email: hostile, audience: hostile },
    denial: { code: 'audience_mismatch', caller: hostile, got: hostile, expected: hostile },
    sender: { product: 'scheduler', name: hostile, url: hostile },
    list: { file: hostile, environment: hostile },
  }
  for (const cause of knownCauses) {
    const commands = cause.fix(evidence).map(({ command }) => command ?? '')
    expect(commands.join(' '), cause.code).not.toContain('rm -rf')
  }
})

test('Terraform comes first if it manages the service', () => {
  const evidence = recorded.find(({ cause }) => cause === 'invoker_missing')?.evidence
  const service = { ...evidence?.service, isTerraform: true }
  const [cause] = findCauses({ ...evidence, service, list: { file: 'c', environment: 'prod' } })
  expect(cause?.fix.map(({ command }) => command)).toEqual([
    'countersign policy terraform -e prod',
    'gcloud run services add-iam-policy-binding user-profiles --project=acme --region=us-central1 --member=serviceAccount:login-run@acme.iam.gserviceaccount.com --role=roles/run.invoker',
    undefined,
  ])
})

test('a removed grant is named with its time and author', () => {
  const evidence = recorded.find(({ cause }) => cause === 'invoker_missing')?.evidence
  const change = {
    at: Date.parse('2026-11-28T02:51:00Z'),
    action: 'REMOVE' as const,
    role: 'roles/run.invoker',
    member: 'serviceAccount:login-run@acme.iam.gserviceaccount.com',
    by: 'tf-deployer@acme.iam.gserviceaccount.com',
  }
  const grants = { known: [], notRead: [], changes: [change] }
  const [cause] = findCauses({ ...evidence, grants })
  expect(cause).toMatchObject({ code: 'invoker_missing', certainty: 'certain' })
  expect(cause?.sentence).toContain(
    'removed at 2026-11-28T02:51:00.000Z by tf-deployer@acme.iam.gserviceaccount.com',
  )
})
