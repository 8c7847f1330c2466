import { escapeControls } from '@countersign/shared/redact'
import type { Cause, Step } from '../causes/evidence.ts'
import { fixLines, paragraph } from '../command-line/paragraph.ts'
import { coloured } from '../command-line/terminal.ts'

/** One thing that was looked at. */
export interface Check {
  /** Fine, not fine, or not checked. */
  state: 'ok' | 'wrong' | 'not-checked'
  name: string
  text: string
}

/** The result of `doctor`. */
export interface Diagnosis {
  checks: readonly Check[]
  causes: readonly Cause[]
  next: readonly Step[]
}

const marks = { ok: ['green', '✓'], wrong: ['red', '✗'], 'not-checked': ['yellow', '?'] } as const

/** The result as text, for a terminal of 80 columns. */
export function describeDiagnosis({ checks, causes, next }: Diagnosis): string {
  const [first, ...others] = causes
  const lines = [
    ...checks.flatMap(checkLines),
    ...(first ? causeLines(first) : [coloured('green', 'Nothing found that refuses this call.')]),
    ...others.flatMap(alsoLines),
    ...nextLines(next),
  ]
  return lines.join('\n')
}

function checkLines({ state, name, text }: Check): string[] {
  const [colour, mark] = marks[state]
  const [begin = '', ...rest] = paragraph(name, clean(text), { indent: 2, hang: 10 })
  return [`${coloured(colour, mark)}${begin.slice(1)}`, ...rest]
}

const layout = { indent: 0, hang: 7 }

function causeLines({ code, certainty, refusedBy, sentence, fix }: Cause): string[] {
  const not = refusedBy === 'the front door' ? ', not verifyCaller' : ''
  const who = refusedBy === 'nobody' ? 'Refused by nobody' : `Refused by: ${refusedBy}${not}`
  const [head = '', ...rest] = paragraph('CAUSE', `${code} (${certainty}). ${who}`, layout)
  return [
    coloured('bold', head),
    ...rest,
    ...paragraph('', clean(sentence), layout),
    ...fixLines(fix, layout).map(escapeControls),
  ]
}

function alsoLines({ code, certainty, sentence, fix }: Cause): string[] {
  return [
    ...paragraph('ALSO', `${code} (${certainty}). ${clean(sentence)}`, layout),
    ...fixLines(fix, layout).map(escapeControls),
  ]
}

function nextLines(steps: readonly Step[]): string[] {
  return fixLines(steps, layout).map((line) => escapeControls(line.replace(/^FIX /, 'NEXT')))
}

function clean(text: string): string {
  return escapeControls(text)
}
