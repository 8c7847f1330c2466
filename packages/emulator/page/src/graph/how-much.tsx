import type { JSX } from 'preact'
import type { FocusedGraph } from '../model/graph-focus.ts'
import { counted } from '../model/words.ts'
import { go, route } from '../store/location.ts'

/** How much of a large graph is shown, and the switch for all of it. */
export function HowMuch({ focused }: { focused: FocusedGraph }): JSX.Element {
  return (
    <div class="how-much">
      <p>{wordsFor(focused)}</p>
      <label class="check">
        <input
          type="checkbox"
          checked={route.value.wholeGraph}
          onChange={({ currentTarget }) => go({ wholeGraph: currentTarget.checked })}
        />
        Show all
      </label>
    </div>
  )
}

function wordsFor({ graph, hiddenNodes, hiddenProblems }: FocusedGraph): string {
  const shown = graph.nodes.length
  const all = shown + hiddenNodes
  if (hiddenNodes === 0) return `All ${counted(all, 'node')}.`
  const nodes = `${shown} of ${counted(all, 'node')}`
  if (shown === 0) return `${nodes}: no edge fails, and none is undeclared.`
  const left =
    hiddenProblems > 0 ? ` ${counted(hiddenProblems, 'more such edge')} in the list.` : ''
  return `${nodes}: failing and undeclared edges, and their neighbours.${left}`
}
