/**
 * Parses a URL; undefined if the text isn't one. Not by `URL.parse`, which the `URL` of older versions of
 * jsdom lacks, like `URL.canParse`.
 *
 * @param text the URL
 * @param base the URL that `text` can be relative to
 */
export function parsedUrl(text: string, base?: string): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}
