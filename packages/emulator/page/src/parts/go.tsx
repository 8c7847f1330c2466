import type { ComponentChildren, JSX } from 'preact'
import type { Route } from '../model/route.ts'
import { go, hrefTo } from '../store/location.ts'

interface GoProps {
  readonly to: Partial<Route>
  readonly current?: boolean
  readonly class?: string
  readonly children: ComponentChildren
}

/** A link within the page. Opens in another tab like any link, where the user asks for that. */
export function Go({ to, current, class: className, children }: GoProps): JSX.Element {
  const follow = (event: MouseEvent): void => {
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
