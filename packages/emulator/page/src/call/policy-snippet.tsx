import type { JSX } from 'preact'
import { CopyButton } from '../parts/copy-button.tsx'

interface PolicySnippetProps {
  readonly snippet: string | undefined
  readonly outcome?: 'ok' | 'refused' | 'failed'
}

/** What to write into the policy so that the call is let through. */
export function PolicySnippet({ snippet, outcome }: PolicySnippetProps): JSX.Element {
  return (
    <div class="snippet">
      <p>
        {outcome === 'ok'
          ? 'The policy does not declare this call.'
          : 'The policy does not declare this call. If it is meant to be, add:'}
      </p>
      {snippet !== undefined && (
        <div class="command">
          <pre>
            <code>{snippet}</code>
          </pre>
          <CopyButton text={snippet}>Copy</CopyButton>
        </div>
      )}
    </div>
  )
}
