/** Which rows of a long list are drawn, and how much room the others take. */
export interface RowWindow {
  /** The first that is drawn. */
  readonly first: number
  /** The one after the last that is drawn. */
  readonly end: number
}

/** A list, and what is seen of it; all but the rows in pixels. */
export interface WindowOptions {
  readonly rows: number
  readonly rowHeight: number
  readonly scrollTop: number
  readonly height: number
}

/** Drawn beyond what is seen, so that scrolling shows no gaps. */
const spare = 8

/**
 * The rows around those that can be seen.
 *
 * @param options the list, and what is seen of it
 */
export function windowOf({ rows, rowHeight, scrollTop, height }: WindowOptions): RowWindow {
  const seen = Math.ceil(height / rowHeight) + 2 * spare
  const first = Math.max(0, Math.min(Math.floor(scrollTop / rowHeight) - spare, rows - seen))
  return { first, end: Math.min(rows, first + seen) }
}
