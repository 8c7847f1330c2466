import { inspect } from 'node:util'
import { expect } from 'vitest'

/** The error that something ends with. */
export async function failureOf(failing: Promise<unknown>): Promise<Error & { code?: string }> {
  return failing.then(
    () => expect.unreachable('it was to fail'),
    (reason: Error) => reason,
  )
}

/** All that a logger could print of an error, its causes too. */
export function printed(error: Error): string {
  const deep = inspect(error, { depth: 20, showHidden: true, getters: true, maxStringLength: null })
  return `${error.message} ${error.stack} ${JSON.stringify(error)} ${deep}`
}

/** Whether a text holds none of the secrets, nor the parts that a dot or an escape leaves of them. */
export function expectNone(text: string, secrets: readonly string[]): void {
  expect(secrets.length).toBeGreaterThan(0)
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(5)
    expect(text).not.toContain(secret)
    for (const part of secret.split(/[.\n%+/]/).filter(({ length }) => length > 20)) {
      expect(text).not.toContain(part)
    }
  }
}
