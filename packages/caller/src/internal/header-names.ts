import { assertTexts } from '@countersign/shared/checks'
import type { TokenHeader } from '../options.ts'

const tokenHeaders: readonly string[] = [
  'authorization',
  'x-serverless-authorization',
  'x-caller-authorization',
  'proxy-authorization',
] satisfies TokenHeader[]

/** Refuses headers that a token doesn't go into, or one that it would go into twice. */
export function assertTokenHeaders(
  names: unknown,
  where: string,
): asserts names is readonly TokenHeader[] | undefined {
  assertTexts(names, where)
  const unknown = names?.find((name) => !tokenHeaders.includes(name))
  if (unknown !== undefined) {
    throw new TypeError(`${where} has '${unknown}': write some of ${tokenHeaders.join(', ')}`)
  }
  const twice = names?.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new TypeError(`${where} has '${twice}' twice: write it once`)
}
