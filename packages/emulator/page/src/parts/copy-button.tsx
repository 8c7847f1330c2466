import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { announce } from '../store/announcement.ts'

interface CopyButtonProps {
  readonly text: string
  readonly children: string
}

const shownMs = 2_000

/** Copies a text, and says so. */
export function CopyButton({ text, children }: CopyButtonProps): JSX.Element {
  const result = useSignal('')
  const copy = async (): Promise<void> => {
    result.value = (await copied(text)) ? 'Copied' : 'Could not copy'
    announce(result.value)
    setTimeout(() => {
      result.value = ''
    }, shownMs)
  }
  return (
    <button type="button" class="button" onClick={copy}>
      {result.value || children}
    </button>
  )
}

/** Browsers give the clipboard to loopback and https alone: not to a compose network's host name. */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}
