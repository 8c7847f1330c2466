import { type JSX, render } from 'preact'
import { Banners } from './banners.tsx'
import { CallsView } from './calls/calls-view.tsx'
import { DrillsView } from './drills/drills-view.tsx'
import { GraphView } from './graph/graph-view.tsx'
import { InspectorView } from './inspector/inspector-view.tsx'
import { RecordingDrop } from './open-recording.tsx'
import { PushesView } from './pushes/pushes-view.tsx'
import { announcement } from './store/announcement.ts'
import { follow } from './store/connect.ts'
import { route } from './store/location.ts'
import type { View } from './store/route.ts'
import { TopBar } from './top-bar.tsx'

const content: Record<View, () => JSX.Element> = {
  calls: CallsView,
  graph: GraphView,
  pushes: PushesView,
  drills: DrillsView,
  inspector: InspectorView,
}

/** The whole page: top bar, notices, the current view, and a line for screen readers. */
function App(): JSX.Element {
  const Content = content[route.value.view]
  return (
    <RecordingDrop>
      <TopBar />
      <Banners />
      <main id="main" class={`main ${route.value.view}`}>
        <Content />
      </main>
      <p class="unseen" role="status">
        {announcement}
      </p>
    </RecordingDrop>
  )
}

const root = document.getElementById('page')
if (root) render(<App />, root)
follow()
