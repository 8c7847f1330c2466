import { useComputed } from '@preact/signals'
import type { JSX } from 'preact'
import { isListedProblem } from './model/listed-call.ts'
import { OpenRecordingButton } from './open-recording.tsx'
import { Link } from './parts/controls.tsx'
import { route } from './store/location.ts'
import type { View } from './store/route.ts'
import { connection, drillsNow, listed, recording } from './store/run.ts'

const titles: Record<View, string> = {
  calls: 'Calls',
  graph: 'Graph',
  pushes: 'Pushes',
  drills: 'Drills',
  inspector: 'Token',
}

/** The name of the page, the links to its views, and the state of the connection. */
export function TopBar(): JSX.Element {
  return (
    <header class="top-bar">
      <h1>
        <Logo />
        Countersign <span class="rest-of-name">emulator</span>
      </h1>
      <nav aria-label="Views">
        {(Object.keys(titles) as View[]).map((view) => (
          <Link key={view} to={{ view }} current={route.value.view === view}>
            <span>
              {titles[view]}
              {view === 'inspector' && <span class="rest-of-title"> inspector</span>}
            </span>
            <Count view={view} />
          </Link>
        ))}
      </nav>
      <div class="top-bar-end">
        <OpenRecordingButton />
        <ConnectionStatus />
      </div>
    </header>
  )
}

/**
 * The icon of the tab, inline: the browser would request a file again at each change of the URL.
 */
function Logo(): JSX.Element {
  return (
    <svg class="sign" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
      <rect width="16" height="16" rx="3.5" />
      <path d="M4 8.4 6.8 11 12 5.4" />
    </svg>
  )
}

/** Number of calls that were refused or failed, or of active drills. */
function Count({ view }: { view: View }): JSX.Element | null {
  const problems = useComputed(() => listed.value.filter(isListedProblem).length)
  if (view === 'calls' && problems.value > 0) {
    return <Badge tone="refused" count={problems.value} title="refused or failed" />
  }
  if (view === 'drills' && drillsNow.value.length > 0) {
    return <Badge tone="warning" count={drillsNow.value.length} title="active" />
  }
  return null
}

function Badge(props: { tone: string; count: number; title: string }): JSX.Element {
  const { tone, count, title } = props
  return (
    <span class={`count ${tone}`}>
      {count.toLocaleString('en')}
      <span class="unseen"> {title}</span>
    </span>
  )
}

const connections = { connecting: 'Connecting', live: 'Live', gone: 'Not connected' }

function ConnectionStatus(): JSX.Element {
  const [text, tone] = recording.value
    ? ['Recording', 'recorded']
    : [connections[connection.value], connection.value]
  return <span class={`connection ${tone}`}>{text}</span>
}
