import type { TestIssuer } from '@countersign/testing'
import { audience, email } from './_names.ts'
import type { Answer, Service } from './_service.ts'

/** Outcomes and how often each came. */
export type Outcomes = Record<string, number>

/** Calls a service from several callers at once for as long as `drill` runs. */
export async function underLoad(
  caller: () => Promise<Pick<Answer, 'outcome'>>,
  drill: () => Promise<void>,
  callers = 4,
): Promise<Outcomes> {
  const outcomes: Outcomes = {}
  let isOver = false
  const calling = async () => {
    while (!isOver) {
      const { outcome } = await caller()
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
    }
  }
  const load = Promise.all(Array.from({ length: callers }, calling))
  try {
    await drill()
  } finally {
    isOver = true
    await load
  }
  return outcomes
}

const minute = 60_000

/** A caller as Google's are: it uses one token for 45 minutes, then asks for the next. */
export function steadyCaller(service: Service, issuer: () => TestIssuer): () => Promise<Answer> {
  let token = Promise.resolve('')
  let renewAt = 0
  return async () => {
    if (service.clock.time >= renewAt) {
      renewAt = service.clock.time + 45 * minute
      token = issuer().idToken({ email, audience })
    }
    return service.call(await token)
  }
}

/**
 * Lets virtual time pass in steps. In each the caller is answered, and there is real time for a
 * fetch of keys or tokens: otherwise the hours would run away from whoever is in the middle of a call.
 */
export async function pass(
  { clock }: Pick<Service, 'clock'>,
  minutes: number,
  { step, caller }: { step: number; caller: () => Promise<unknown> },
): Promise<void> {
  for (let passed = 0; passed < minutes; passed += step) {
    clock.time += step * minute
    await caller()
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
