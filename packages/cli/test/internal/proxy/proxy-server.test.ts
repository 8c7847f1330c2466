import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServiceFetch } from '@countersign/caller'
import { expect, onTestFinished, test } from 'vitest'
import { createProxyServer } from '../../../src/internal/proxy/proxy-server.ts'

test('credentials that stop to do are 503, and what to do', async () => {
  const base = 'http://127.0.0.1:1'
  const identity = {
    idToken: async () => {
      throw new Error('revoked')
    },
  }
  const serviceFetch = createServiceFetch({ targets: [base], identity, mode: 'enforce' })
  const requests: object[] = []
  const onRequest = (answered: object) => void requests.push(answered)
  const options = { base, serviceFetch, allowedOrigins: [], onRequest }
  const server = createProxyServer(options).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/a?b=c`)
  expect(answer.status).toBe(503)
  expect(await answer.text()).toMatch(/^identity_unavailable: .*\. \w/)
  expect(requests).toEqual([{ status: 503, method: 'GET', path: '/a' }])
})
