import { expect, test } from 'vitest'
import { isMet } from '../../src/iam/conditions.ts'

const context = {
  time: Date.parse('2026-11-28T12:00:00Z'),
  resource: {
    name: 'projects/acme/locations/us-central1/services/login',
    type: 'run.googleapis.com/Service',
    service: 'run.googleapis.com',
  },
}

test.each([
  ['request.time < timestamp("2026-11-28T12:00:01Z")', true],
  ['request.time < timestamp("2026-11-28T12:00:00Z")', false],
  ['request.time <= timestamp("2026-11-28T12:00:00Z")', true],
  ['request.time > timestamp("2026-11-28T13:59:59+02:00")', true],
  ['request.time >= timestamp("2027-01-01T00:00:00.5Z")', false],
  ['timestamp("2027-01-01T00:00:00Z") > request.time', true],
  ['resource.name == "projects/acme/locations/us-central1/services/login"', true],
  ["resource.name != 'x'", true],
  ['resource.name.startsWith("projects/acme/")', true],
  ['resource.name.endsWith("/services/search")', false],
  ['resource.type == "run.googleapis.com/Service"', true],
  ['resource.service == "run.googleapis.com"', true],
  ['true', true],
  ['!true', false],
  ['!!true', true],
  ['false || true && false', false],
  ['(false || true) && true', true],
  ['true || resource.type == "x"', true],
  [' ( true ) ', true],
])('%s is %s', (expression, expected) => {
  expect(isMet(expression, context)).toBe(expected)
})

test.each([
  '',
  'request.time',
  'request.time < "2027-01-01T00:00:00Z"',
  'request.time < timestamp("tomorrow")',
  'request.time < timestamp("2027-01-01")',
  'request.time < timestamp(request.time)',
  'request.time.getHours() > 9',
  'request.auth.claims.x == "y"',
  'resource.name.startsWith(resource.name)',
  'resource.name.matches("a")',
  'resource.name == "a\\"b"',
  'resource.matchTag("a", "b")',
  'true true',
  'true ||',
  'true || unknown.name == "x"',
  '(true',
  'true)',
  'request.time < duration("60s")',
  '1 < 2',
  'constructor == "x"',
  `${'('.repeat(10_000)}true`,
  `${'!'.repeat(3_000)}true`,
  `resource.name == "${'x'.repeat(5_000)}"`,
])('%s is not evaluated', (expression) => {
  expect(isMet(expression, context)).toBeUndefined()
})
