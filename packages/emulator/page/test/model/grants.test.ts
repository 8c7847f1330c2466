import type { AccessChanged, Grant, GrantChanged } from '@countersign/emulator'
import { expect, test } from 'vitest'
import {
  changeOfMissing,
  changesFor,
  grantChangeText,
  originText,
  uncountedText,
  unusualSettings,
} from '../../src/model/grants.ts'

const grant: Grant = {
  role: 'roles/run.invoker',
  member: 'serviceAccount:login-run@acme.iam.gserviceaccount.com',
  on: { type: 'service', id: 'search' },
  from: 'gcloud',
  invokes: 'yes',
}
const above: Grant = { ...grant, on: { type: 'project', id: 'acme' } }

test('a service has its own changes and those above it, newest first', () => {
  const changes = [changed(1, grant), changed(2, above), changed(3, other())]
  const open = { invokerCheck: false, ingress: 'all', iap: false } as const
  const accesses: AccessChanged[] = [
    { type: 'access', id: 4, at: 4, service: 'search', access: open },
    { type: 'access', id: 5, at: 5, service: 'login', access: open },
  ]
  expect(changesFor('search', changes, accesses)).toEqual([
    { id: 4, at: 4, text: 'Settings: the invoker check is off: everybody gets in' },
    { id: 2, at: 2, text: grantChangeText(changed(2, above)) },
    { id: 1, at: 1, text: grantChangeText(changed(1, grant)) },
  ])
})

test('a change names who made it, the member, and the resource above the service', () => {
  expect(grantChangeText({ ...changed(1, above), change: 'revoked' })).toBe(
    'gcloud revoked roles/run.invoker from login-run@acme.iam.gserviceaccount.com on project acme',
  )
})

test('the newest change of a missing grant is one of the same role, member and service', () => {
  const missing = { role: grant.role, member: grant.member, service: 'search', command: '' }
  const changes = [changed(1, grant), changed(2, grant), changed(3, above), changed(4, other())]
  expect(changeOfMissing(missing, changes)?.id).toBe(2)
})

test('a grant says where it comes from, and why it does not count', () => {
  expect(originText({ ...above, from: 'policy-file' })).toBe(
    'from the policy file, on project acme',
  )
  expect(uncountedText(grant)).toBeUndefined()
  expect(uncountedText({ ...grant, invokes: 'no', why: 'The member was deleted' })).toBe(
    'Does not count: The member was deleted',
  )
  expect(uncountedText({ ...grant, invokes: 'unknown' })).toBe('Not evaluated, so does not count')
})

test('recordings of older versions have no settings', () => {
  expect(unusualSettings(undefined)).toEqual([])
})

function changed(id: number, grant: Grant): GrantChanged {
  return { type: 'grant', id, at: id, change: 'granted', grant, changedBy: 'gcloud' }
}

function other(): Grant {
  return { ...grant, on: { type: 'service', id: 'login' } }
}
