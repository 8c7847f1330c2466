import type { JSX } from 'preact'
import { CopyButton } from '../parts/controls.tsx'

/** What to write into the policy so that a call is let through; nothing, where none could do that. */
export function PolicySnippet({ snippet }: { snippet: string | undefined }): JSX.Element {
  if (snippet === undefined) return <p>The policy does not declare this call.</p>
  return (
    <div class="snippet">
      <p>The policy does not declare this call. If it is meant to be, add:</p>
      <CopyButton text={snippet}>Copy</CopyButton>
      <pre>
        <code>{snippet.trimEnd()}</code>
      </pre>
    </div>
  )
}
