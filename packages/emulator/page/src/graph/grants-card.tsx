import type { Grant, ServiceState } from '@countersign/emulator'
import type { JSX } from 'preact'
import {
  changesFor,
  memberName,
  originText,
  serviceOf,
  uncountedText,
  unusualSettings,
} from '../model/grants.ts'
import { timeOfDay } from '../model/words.ts'
import { SelectField } from '../parts/fields.tsx'
import { Breakable } from '../parts/texts.tsx'
import { filter, setFilter } from '../store/location.ts'
import { log, recording, state } from '../store/run.ts'

/** Who can call the chosen service by its allow policy, and what changed. */
export function GrantsCard(): JSX.Element | null {
  const services = state.value?.services ?? []
  const chosen = services.find(({ name }) => name === filter.value.to)
  const options = services.map(({ name }) => ({ value: name, text: name }))
  return (
    <section class="grants-card" aria-label="Grants">
      <SelectField
        label="Grants of "
        value={chosen?.name ?? ''}
        options={[{ value: '', text: 'choose a service' }, ...options]}
        choose={(to) => setFilter({ from: '', to })}
      />
      {chosen && <Grants service={chosen} />}
    </section>
  )
}

function Grants({ service }: { service: ServiceState }): JSX.Element {
  // Recordings of older versions have neither.
  const { grants, access }: Partial<ServiceState> = service
  if (!grants) return <p class="hint">This recording does not have the grants.</p>
  return (
    <>
      {unusualSettings(access).map((text) => (
        <p key={text} class="setting">
          {text[0]?.toUpperCase() + text.slice(1)}.
        </p>
      ))}
      {recording.value && <p class="hint">At the start of the recording:</p>}
      {grants.length === 0 && <p>Nobody is granted to call it.</p>}
      <ul class="grants">
        {grants.map((grant) => (
          <GrantItem
            key={JSON.stringify([grant.on, grant.role, grant.member, grant.condition])}
            grant={grant}
          />
        ))}
      </ul>
      <Changes service={service.name} />
    </>
  )
}

function GrantItem({ grant }: { grant: Grant }): JSX.Element {
  const { role, member, condition } = grant
  const caller = serviceOf(member, state.value?.services ?? [])
  const uncounted = uncountedText(grant)
  return (
    <li>
      <bdi class="member">{caller?.name ?? <Breakable text={memberName(member)} />}</bdi>
      <span class="origin">
        <code>{role}</code> {originText(grant)}
      </span>
      {condition && (
        <span class="origin">
          if {condition.title}: <code>{condition.expression}</code>
        </span>
      )}
      {uncounted !== undefined && <span class="uncounted">{uncounted}</span>}
    </li>
  )
}

const shownChanges = 10

function Changes({ service }: { service: string }): JSX.Element | null {
  const changes = changesFor(service, log.value.grants, log.value.accesses)
  if (changes.length === 0) return null
  return (
    <>
      <h2>Changes, newest first</h2>
      <ul class="grants">
        {changes.slice(0, shownChanges).map(({ id, at, text }) => (
          <li key={id}>
            <span class="origin">{timeOfDay(at)}</span>
            <bdi>
              <Breakable text={text} />
            </bdi>
          </li>
        ))}
      </ul>
      {changes.length > shownChanges && (
        <p class="hint">and {changes.length - shownChanges} older</p>
      )}
    </>
  )
}
