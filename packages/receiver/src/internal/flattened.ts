/** A copy of its own, for what is kept: V8's slice of a header line keeps the whole line alive. */
export function flattened(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}
