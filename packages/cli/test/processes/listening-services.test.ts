import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { watchListeners } from '../../src/processes/listening-services.ts'

const patienceMs = 50

async function listening(host: string, port = 0): Promise<number> {
  const server = createServer().listen(port, host)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

function watch(services: readonly { name: string; port: number }[]) {
  const watching = new AbortController()
  onTestFinished(() => watching.abort())
  const news: string[] = []
  const onNews = (line: string): void => void news.push(line)
  const done = watchListeners(services, { onNews, signal: watching.signal, patienceMs })
  return { news, done, stop: () => watching.abort() }
}

test.for(['127.0.0.1', '::1'])('a service that listens on %s is no news', async (host) => {
  const { news, done } = watch([{ name: 'api', port: await listening(host) }])
  await done
  expect(news).toEqual([])
})

test('one that does not listen is named once, and again once it does', async () => {
  const port = await freePort()
  const { news, done } = watch([
    { name: 'late', port },
    { name: 'api', port: await listening('127.0.0.1') },
  ])
  await expect
    .poll(() => news)
    .toEqual([`nobody listens on PORT ${port} for late: does late read PORT?`])
  await sleep(3 * patienceMs)
  await listening('127.0.0.1', port)
  await done
  expect(news.slice(1)).toEqual([`late listens on PORT ${port} now`])
})

test('nothing is said after it was stopped', async () => {
  const { news, done, stop } = watch([{ name: 'api', port: await freePort() }])
  stop()
  await done
  expect(news).toEqual([])
})
