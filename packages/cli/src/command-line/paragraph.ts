import type { Step } from '../causes/evidence.ts'

/** The columns of a usual terminal. */
const columns = 80

/** Where a paragraph stands. */
interface Layout {
  /** The columns before its label. */
  indent: number
  /** The columns of its label and the space after it. */
  hang: number
}

/** A text with a label before it, broken at spaces, so that its lines fit into a terminal. */
export function paragraph(label: string, text: string, { indent, hang }: Layout): string[] {
  const room = columns - indent - hang
  const lines: string[] = ['']
  for (const word of text.split(' ')) {
    const last = lines.at(-1) as string
    if (last !== '' && last.length + 1 + word.length > room) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines.map((line, at) => begin(at === 0 ? label : '', { indent, hang }) + line)
}

/**
 * The steps of a fix. A command stands on a line of its own and is never broken, so that it can be copied
 * from a terminal that wraps it.
 */
export function fixLines(steps: readonly Step[], layout: Layout): string[] {
  const lines = steps.flatMap(({ words, command }) => [
    ...(words === undefined ? [] : paragraph('', words + (command ? ':' : ''), layout)),
    ...(command === undefined ? [] : [begin('', layout) + command]),
  ])
  const [first = '', ...rest] = lines
  if (lines.length === 0) return []
  return [begin('FIX', layout) + first.slice(begin('', layout).length), ...rest]
}

function begin(label: string, { indent, hang }: Layout): string {
  return ' '.repeat(indent) + label.padEnd(hang)
}
