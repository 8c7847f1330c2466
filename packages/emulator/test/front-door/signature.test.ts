import { expect, test } from 'vitest'
import { withoutSignature } from '../../src/front-door/headers.ts'

test.for([
  ['Bearer a.b.c', 'Bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
  ['bearer a.b.', 'bearer a.b.SIGNATURE_REMOVED_BY_GOOGLE'],
  ['Bearer opaque', 'Bearer opaque'],
  ['Bearer a.b', 'Bearer a.b'],
  ['Bearer a.b.c.d.e', 'Bearer a.b.c.d.e'],
  ['', ''],
])('"%s" becomes "%s"', ([value = '', expected]) => {
  expect(withoutSignature(value)).toBe(expected)
})
