import { inspect } from 'node:util'
import {
  IdTokenError,
  isIdTokenError,
  isTargetNotAllowedError,
  TargetNotAllowedError,
} from '@countersign/caller'
import { describe, expect, test, vi } from 'vitest'

const details = { hint: 'Do this.' }

describe('errors', () => {
  test('carry a code, a hint and a cause', () => {
    const cause = new Error('why')
    const error = new IdTokenError('identity_unavailable', 'No token', { ...details, cause })
    expect(error).toMatchObject({ code: 'identity_unavailable', hint: 'Do this.', cause })
    expect(error.name).toBe('IdTokenError')
    expect('cause' in new IdTokenError('no_credentials', 'None', details)).toBe(false)
  })

  test('are known by their guards, and by no other', () => {
    const refused = new TargetNotAllowedError('target_not_allowed', 'No', details)
    const tokenless = new IdTokenError('no_credentials', 'None', details)
    expect(isTargetNotAllowedError(refused)).toBe(true)
    expect(isTargetNotAllowedError(tokenless)).toBe(false)
    expect(isIdTokenError(tokenless)).toBe(true)
    for (const other of [refused, new Error('x'), null, undefined, 'IdTokenError', {}]) {
      expect(isIdTokenError(other)).toBe(false)
    }
  })

  test('of another installed copy are known too', async () => {
    vi.resetModules()
    const copy = await import('@countersign/caller')
    const error = new copy.IdTokenError('no_credentials', 'None', details)
    expect(error).not.toBeInstanceOf(IdTokenError)
    expect(isIdTokenError(error)).toBe(true)
  })

  test('show code and hint where they are printed, and no brand', () => {
    const text = inspect(new TargetNotAllowedError('header_conflict', 'No', details))
    expect(text).toContain("code: 'header_conflict'")
    expect(text).toContain('Do this.')
    expect(text).not.toContain('Symbol')
  })
})
