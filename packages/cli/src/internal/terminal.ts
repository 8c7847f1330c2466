import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

/** Options that every command has which prints something. */
export interface OutputOptions {
  /** One line of JSON for each thing said, for programs. */
  readonly json?: boolean
}

/**
 * Says something on standard output.
 *
 * @param options in which form
 * @param said the same as data, and as text for a person
 */
export function say(options: OutputOptions, said: { data: unknown; text: string }): void {
  process.stdout.write(`${options.json ? JSON.stringify(said.data) : said.text}\n`)
}

/**
 * Says something beside the result, on standard error.
 *
 * @param text for a person
 */
export function note(text: string): void {
  process.stderr.write(`${text}\n`)
}

/**
 * Colours text, where a stream is a terminal that wants it: `NO_COLOR` and `FORCE_COLOR` count.
 *
 * @param style the colour
 * @param text what to colour
 * @param stream where it goes
 */
export function coloured(
  style: Style,
  text: string,
  stream: NodeJS.WriteStream = process.stdout,
): string {
  return styleText(style, text, { stream })
}

/** Whoever reads the output may leave early: `countersign dev | head`, or a terminal that is closed. */
export function endWithReader(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', hangUp)
}

/** As the system itself tells it, where a terminal is closed: {@link stopSignals} counts both as one. */
function hangUp(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
  process.kill(process.pid, 'SIGHUP')
}
