/**
 * Why the recipes have redirects off: what other clients do with the headers of `serviceFetch.headers`
 * when they follow one. It also proves that the stranger of the leak tests sees a token where one comes.
 */
import axios from 'axios'
import got from 'got'
import { Agent, interceptors, request } from 'undici'
import { describe, expect, test } from 'vitest'
import { tokensOf } from './_contract.ts'
import { startWorld } from './_world.ts'

const { arrived, stranger, userProfiles } = await startWorld()
const { serviceFetch } = await import('./recipes/service-fetch.ts')

const dispatcher = new Agent().compose(interceptors.redirect({ maxRedirections: 5 }))

const clients = {
  fetch: (url: string, headers: Record<string, string>) => fetch(url, { headers }),
  axios: (url: string, headers: Record<string, string>) => axios.get(url, { headers }),
  got: (url: string, headers: Record<string, string>) => got(url, { headers }),
  undici: (url: string, headers: Record<string, string>) => request(url, { headers, dispatcher }),
}

describe.each(Object.entries(clients))('%s that follows redirects', (_name, call) => {
  test.each([301, 302, 303, 307, 308])(
    'carries a token along one with status %d',
    async (status) => {
      const url = `${userProfiles}/redirect/${status}`
      const header = ['authorization', 'x-serverless-authorization'] as const
      const headers = await serviceFetch.headers(url, { method: 'GET', header })
      await call(url, Object.fromEntries(headers))
      expect(arrived).toHaveLength(1)
      expect(stranger.arrived.flatMap(tokensOf)).toEqual(['x-serverless-authorization'])
    },
  )
})
