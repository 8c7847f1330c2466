import type { EmulatorEvent } from '@countersign/emulator'
import type { GrantChange } from '../causes/evidence.ts'
import { parseJson } from '../command-line/options.ts'

/** The stream of events has no end: after so long without a new one, the past ones have been read. */
const idleMs = 300
const maxBytes = 64 * 1024 * 1024

/** The changes of allow policies that an emulator has seen, newest first: it has no audit log. */
export async function emulatorChanges(
  emulator: string,
  service: string | undefined,
): Promise<readonly GrantChange[]> {
  const text = await eventsSoFar(emulator).catch(() => '')
  const changes = text.split('\n').flatMap((line) => {
    const event = line.startsWith('data: ') ? parseJson(line.slice('data: '.length)) : undefined
    return changeIn(event as EmulatorEvent | undefined, service) ?? []
  })
  return changes.toReversed()
}

async function eventsSoFar(emulator: string): Promise<string> {
  const abort = new AbortController()
  const { body } = await fetch(`${emulator}/emulator/v1/events`, {
    redirect: 'error',
    signal: abort.signal,
  })
  const reader = body?.getReader()
  if (!reader) return ''
  let text = ''
  const decoder = new TextDecoder()
  for (;;) {
    const next = await Promise.race([reader.read(), idle()])
    if (!next || next.done || text.length > maxBytes) break
    text += decoder.decode(next.value, { stream: true })
  }
  abort.abort()
  return text
}

function idle(): Promise<undefined> {
  return new Promise((resolve) => {
    setTimeout(() => resolve(undefined), idleMs)
  })
}

function changeIn(
  event: EmulatorEvent | undefined,
  service: string | undefined,
): GrantChange | undefined {
  if (event?.type !== 'grant') return undefined
  const { at, change, changedBy: by } = event
  const { role, member, on } = event.grant
  if (on.type === 'service' && on.id !== service) return undefined
  return { at, action: change === 'granted' ? 'ADD' : 'REMOVE', role, member, by }
}
