import type { CallHandled, EmulatorEvent, Layer } from '@countersign/emulator'
import { expect, test } from 'vitest'
import { refusalOf } from '../../src/emulator/refusal.ts'

const url = 'http://127.0.0.1:8790'

const call: CallHandled = {
  type: 'call',
  id: 12,
  at: 0,
  caller: { service: 'login', account: 'login-run@acme.iam.gserviceaccount.com', verified: true },
  receiver: 'search',
  method: 'GET',
  target: '/search?q=secret',
  status: 403,
  durationMs: 1,
  declared: false,
  layers: [],
}

function text(event: EmulatorEvent): string | undefined {
  return refusalOf(event, url)?.text
}

function frontDoor(layer: Partial<Layer & { stage: 'front-door' }>): CallHandled {
  const verdict = layer.verdict === 'admitted' ? undefined : layer.verdict
  const base = { stage: 'front-door', verdict: verdict ?? 'token_invalid', atMs: 1 } as const
  return { ...call, refusedBy: 'front-door', code: base.verdict, layers: [{ ...base, ...layer }] }
}

test('the front door: code, claim, got and expected', () => {
  expect(text(frontDoor({ claim: 'aud', got: 'a', expected: ['b', 'c', 'd', 'e', 'f'] }))).toBe(
    `refused: login -> search GET /search: front door, token_invalid (aud: got a, expected b or c or d or 2 more) ${url}/?call=12`,
  )
  expect(text(frontDoor({ verdict: 'not_invoker', claim: 'email', got: 'a', expected: [] }))).toBe(
    `refused: login -> search GET /search: front door, not_invoker (got a, expected none) ${url}/?call=12`,
  )
})

test('a receiver: its code, and the operation', () => {
  const answer = { stage: 'answer', status: 403, headers: [], atMs: 1 } as const
  const code = 'operation_not_allowed'
  const refused: CallHandled = { ...call, refusedBy: 'receiver', code }
  const layer: Layer = { ...answer, code, got: 'GET /search', expected: ['GET /other'] }
  expect(text({ ...refused, layers: [layer] })).toBe(
    `refused: login -> search GET /search: receiver, operation_not_allowed (got GET /search, expected GET /other) ${url}/?call=12`,
  )
  expect(text({ ...refused, layers: [] })).toBe(
    `refused: login -> search GET /search: receiver, operation_not_allowed ${url}/?call=12`,
  )
})

test('serviceFetch: its service and target, if it knows them', () => {
  const event = { type: 'refusal', id: 3, at: 0, method: 'GET', path: '/x', code: 'no' } as const
  expect(text({ ...event, service: 'login', target: 'search' })).toBe(
    `refused: login -> search GET /x: serviceFetch, no ${url}/?call=3`,
  )
  expect(text(event)).toContain('a service -> no target')
})

test('everything else is no refusal', () => {
  expect(text(call)).toBeUndefined()
  expect(text({ ...call, refusedBy: 'application' })).toBeUndefined()
  expect(text({ type: 'drill', id: 1, at: 0, drill: 1, summary: 's', active: true })).toBe(
    undefined,
  )
})

test('no control characters and no token get into a line', () => {
  const token = `eyJhbGciOiJSUzI1NiJ9.${'a'.repeat(80)}.${'b'.repeat(80)}`
  const event = { type: 'refusal', id: 3, at: 0, method: 'GET', code: 'no' } as const
  const line = text({ ...event, service: 'a\u001b[2Jb', path: `/${token}` })
  expect(line).not.toContain('\u001b')
  expect(line).not.toContain('bbbbbbbb')
})
