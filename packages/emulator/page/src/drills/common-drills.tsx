import type { DrillOptions } from '@countersign/emulator'
import { useSignal } from '@preact/signals'
import type { JSX } from 'preact'
import { useAction } from '../parts/controls.tsx'
import { SelectField } from '../parts/fields.tsx'
import { announce } from '../store/announcement.ts'
import { startDrill } from '../store/control.ts'
import { canAct } from '../store/run.ts'
import { isPerService } from './drill-form.ts'
import { serviceOptions } from './drill-form-card.tsx'

/** The most common drills, one click each. */
export function CommonDrillsCard(): JSX.Element {
  const service = useSignal('')
  return (
    <section class="card" aria-labelledby="start-heading">
      <div class="card-head">
        <h2 id="start-heading">Start a drill</h2>
        <div class="inline">
          <SelectField
            label="Metadata server and front door of"
            value={service.value}
            options={serviceOptions()}
            choose={(name) => {
              service.value = name
            }}
          />
        </div>
      </div>
      <ul class="drills common">
        {commonDrills.map((drill) => (
          <DrillItem key={drill.title} drill={drill} service={service.value} />
        ))}
      </ul>
    </section>
  )
}

interface DrillItemProps {
  drill: CommonDrill
  /** Service that is affected; empty: every service. */
  service: string
}

/** One common drill, with its button. */
function DrillItem({ drill, service }: DrillItemProps): JSX.Element {
  const { busy, problem, run } = useAction()
  function start(): Promise<void> {
    return run(async () => {
      await startDrill(optionsFor(drill.options, service))
      announce(`Started: ${drill.title}.`)
    })
  }
  return (
    <li>
      <div>
        <h3>{drill.title}</h3>
        <p>{drill.shows}</p>
        {problem.value && <p class="problem">{problem}</p>}
      </div>
      <button
        type="button"
        class="button"
        aria-label={`Start: ${drill.title}`}
        disabled={busy.value || !canAct.value}
        onClick={start}
      >
        Start
      </button>
    </li>
  )
}

/** Adds the service, except for key sets and clocks, which all services share. */
function optionsFor(options: DrillOptions, service: string): DrillOptions {
  const { endpoint } = options
  return service && endpoint && isPerService(endpoint) ? { ...options, service } : options
}

/** A drill that one click starts. */
interface CommonDrill {
  title: string
  shows: string
  options: DrillOptions
}

/** The most common failures of Google, and what each shows about a service. */
const commonDrills: readonly CommonDrill[] = [
  {
    title: 'Metadata server: 503, 3 times',
    shows: 'Callers retry, or use a cached token.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'identity', times: 3 },
  },
  {
    title: 'Metadata server: 429, 3 times',
    shows: 'Callers wait before they retry.',
    options: {
      fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
      endpoint: 'identity',
      times: 3,
    },
  },
  {
    title: 'Metadata server: no answer',
    shows: 'Callers time out, or use a cached token.',
    options: { fault: { kind: 'hang' }, endpoint: 'identity' },
  },
  {
    title: 'Metadata server: an HTML page',
    shows: 'Callers check the answer: an HTML page is not a token.',
    options: { fault: { kind: 'html' }, endpoint: 'identity' },
  },
  {
    title: 'Tokens for another audience',
    shows: 'Callers check the audience, and never send such a token.',
    options: { fault: { kind: 'wrong-audience' }, endpoint: 'identity' },
  },
  {
    title: 'Expired tokens',
    shows: 'Callers check the expiry, which was an hour ago.',
    options: { fault: { kind: 'expired-token' }, endpoint: 'identity' },
  },
  {
    title: 'Keys: delayed by 2 s',
    shows: 'Receivers with cached keys continue; new ones wait.',
    options: { fault: { kind: 'delay', ms: 2_000 }, endpoint: 'jwks' },
  },
  {
    title: 'Keys: 503',
    shows: 'Receivers keep their cached keys.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'jwks' },
  },
  {
    title: 'New key, announced in advance',
    shows: 'Google rotates keys like this: no call is refused.',
    options: { fault: { kind: 'rotate-keys' } },
  },
  {
    title: 'New key, old key removed',
    shows: 'Receivers fetch the keys again, once.',
    options: { fault: { kind: 'drop-key' } },
  },
  {
    title: 'Google’s clock 10 minutes behind',
    shows: 'Tokens seem older than they are.',
    options: { fault: { kind: 'clock-shift', seconds: -600 } },
  },
  {
    title: 'Front doors: 503, 3 times',
    shows: 'Like Cloud Run without a free instance.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'front-door', times: 3 },
  },
]
