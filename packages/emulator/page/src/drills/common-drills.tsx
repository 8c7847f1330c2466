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

/** What goes wrong most often, one click each. */
export function CommonDrillsCard(): JSX.Element {
  const service = useSignal('')
  return (
    <section class="card" aria-labelledby="start-heading">
      <div class="card-head">
        <h2 id="start-heading">Let something go wrong</h2>
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
  /** For whom; empty: everybody. */
  service: string
}

/** A drill that can be started. */
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

/** Key sets and clocks are all services'. */
function optionsFor(options: DrillOptions, service: string): DrillOptions {
  const { endpoint } = options
  return service && endpoint && isPerService(endpoint) ? { ...options, service } : options
}

/** A drill that is started with one click. */
interface CommonDrill {
  title: string
  shows: string
  options: DrillOptions
}

/** What goes wrong at Google most often, and what it shows of a service. */
const commonDrills: readonly CommonDrill[] = [
  {
    title: 'Metadata server: 503, 3 times',
    shows: 'Callers try again, or use the token they have.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'identity', times: 3 },
  },
  {
    title: 'Metadata server: 429, 3 times',
    shows: 'Callers wait before they ask again.',
    options: {
      fault: { kind: 'status', status: 429, retryAfterSeconds: 1 },
      endpoint: 'identity',
      times: 3,
    },
  },
  {
    title: 'Metadata server: no answer',
    shows: 'Callers give up in time, or use the token they have.',
    options: { fault: { kind: 'hang' }, endpoint: 'identity' },
  },
  {
    title: 'Metadata server: a page of HTML',
    shows: 'Callers look at what they get: a page is no token.',
    options: { fault: { kind: 'html' }, endpoint: 'identity' },
  },
  {
    title: 'Tokens for another audience',
    shows: 'Callers look at what they get, and never send it.',
    options: { fault: { kind: 'wrong-audience' }, endpoint: 'identity' },
  },
  {
    title: 'Expired tokens',
    shows: 'The same, for tokens that expired an hour ago.',
    options: { fault: { kind: 'expired-token' }, endpoint: 'identity' },
  },
  {
    title: 'Keys: 2 s late',
    shows: 'Receivers that know the keys go on; new ones wait.',
    options: { fault: { kind: 'delay', ms: 2_000 }, endpoint: 'jwks' },
  },
  {
    title: 'Keys: 503',
    shows: 'Receivers keep the keys they have.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'jwks' },
  },
  {
    title: 'A new key, announced ahead',
    shows: 'As Google rotates: nobody is refused.',
    options: { fault: { kind: 'rotate-keys' } },
  },
  {
    title: 'A new key, the old one gone',
    shows: 'Receivers ask for the keys again, once.',
    options: { fault: { kind: 'drop-key' } },
  },
  {
    title: 'Google’s clock ten minutes behind',
    shows: 'Tokens seem older than they are.',
    options: { fault: { kind: 'clock-shift', seconds: -600 } },
  },
  {
    title: 'Front doors: 503, 3 times',
    shows: 'Cloud Run without a free instance.',
    options: { fault: { kind: 'status', status: 503 }, endpoint: 'front-door', times: 3 },
  },
]
