import { type Signal, useSignal } from '@preact/signals'
import type { ComponentChildren, JSX } from 'preact'
import { announce } from '../store/announcement.ts'
import { go, hrefTo } from '../store/location.ts'
import type { Route } from '../store/route.ts'

interface LinkProps {
  to: Partial<Route>
  current?: boolean
  class?: string
  children: ComponentChildren
}

/** A link within the page. Like any link, it opens in another tab if the user asks for one. */
export function Link({ to, current, class: className, children }: LinkProps): JSX.Element {
  function follow(event: MouseEvent): void {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    go(to)
  }
  return (
    <a
      href={hrefTo(to)}
      class={className}
      aria-current={current ? 'page' : undefined}
      onClick={follow}
    >
      {children}
    </a>
  )
}

interface CopyButtonProps {
  text: string
  children: string
}

const shownMs = 2_000

/** Button that copies a text and confirms it. */
export function CopyButton({ text, children }: CopyButtonProps): JSX.Element {
  const result = useSignal('')
  async function copy(): Promise<void> {
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

/**
 * Browsers allow the clipboard only on loopback and https, not on the host name of a compose
 * network.
 */
async function copied(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

/** An action that the user starts. */
interface Action {
  busy: Signal<boolean>
  /** Error message of the last run, or an empty text. */
  problem: Signal<string>
  run(work: () => Promise<void>): Promise<void>
}

/** Runs the action of a button, one run at a time, and keeps its error message. */
export function useAction(): Action {
  const busy = useSignal(false)
  const problem = useSignal('')
  return {
    busy,
    problem,
    async run(work) {
      if (busy.value) return
      busy.value = true
      problem.value = ''
      try {
        await work()
      } catch (error) {
        problem.value = error instanceof Error ? error.message : String(error)
        announce(problem.value)
      } finally {
        busy.value = false
      }
    },
  }
}
