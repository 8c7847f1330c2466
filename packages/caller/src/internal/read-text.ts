/** An answer that is asked for here is a token of about 1 KB, or a line of text. */
const maxBytes = 65_536

/**
 * Reads a body as text.
 *
 * @throws {Error} where it is longer than anything that is asked for here
 */
export async function readText(body: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of body) {
    bytes += chunk.length
    if (bytes > maxBytes) throw new Error(`The answer is longer than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString()
}
