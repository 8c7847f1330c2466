import { createServiceFetch } from '@countersign/caller'
import { GoogleAuth } from 'google-auth-library'

/** One way to call a service with an ID token, newly set up: nothing is cached yet. */
export interface Contender {
  name: string
  /** One call, its answer read to the end. Rejects where that isn't a 200. */
  call(): Promise<void>
}

/** Sets a contender up for one service. */
export type MakeContender = (service: string) => Promise<Contender>

const headerNames = ['authorization', 'x-serverless-authorization'] as const

/** Ours, with both headers, as towards Cloud Run. */
export const countersign: MakeContender = async (service) => {
  const serviceFetch = createServiceFetch({ targets: [{ url: service, headers: headerNames }] })
  return {
    name: 'countersign',
    call: () => answered(serviceFetch(`${service}/profiles/7`)),
  }
}

/** The least there is: a token at hand for ever, in the same headers. */
export const bareFetch: MakeContender = async (service) => {
  const client = await new GoogleAuth().getIdTokenClient(service)
  const token = (await client.getRequestHeaders()).get('authorization') ?? ''
  const headers = Object.fromEntries(headerNames.map((name) => [name, token]))
  return {
    name: 'bare fetch, token at hand',
    call: () => answered(fetch(`${service}/profiles/7`, { headers, redirect: 'manual' })),
  }
}

/** Google's library as it is meant to be used: one client for each audience. */
export const googleClientReused: MakeContender = async (service) => {
  const client = await new GoogleAuth().getIdTokenClient(service)
  return {
    name: 'google-auth-library, client reused',
    call: () => answered(client.fetch(`${service}/profiles/7`)),
  }
}

/** As its sample has it: the client is made where it is used. */
export const googleAsItsSample: MakeContender = async (service) => {
  const auth = new GoogleAuth()
  return {
    name: 'google-auth-library, as its sample',
    async call() {
      const client = await auth.getIdTokenClient(service)
      await answered(client.fetch(`${service}/profiles/7`))
    },
  }
}

/** Those that fetch tokens themselves. */
export const tokenFetchers: readonly MakeContender[] = [
  countersign,
  googleClientReused,
  googleAsItsSample,
]

type Answer = Pick<Response, 'status'> & { text?: () => Promise<string>; data?: unknown }

/** gaxios has read the body already. */
async function answered(answer: Promise<Answer>): Promise<void> {
  const response = await answer
  if (response.status !== 200) throw new Error(`answered with ${response.status}`)
  if (response.data === undefined) await response.text?.()
}
