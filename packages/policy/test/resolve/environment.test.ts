import { expect, test } from 'vitest'
import { environmentNameOf } from '../../src/resolve/environment.ts'

test('an empty COUNTERSIGN_ENVIRONMENT names none', () => {
  expect(environmentNameOf({ COUNTERSIGN_ENVIRONMENT: '' })).toBeUndefined()
  expect(environmentNameOf({ COUNTERSIGN_ENVIRONMENT: 'prod' })).toBe('prod')
})
