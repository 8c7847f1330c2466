/**
 * A service that calls another, in a process of its own, which a drill stops and continues: tells
 * its URL once it listens. `FREEZABLE_TARGET` is whom it calls, `FREEZABLE_METADATA` its metadata
 * server; a message is how far to set its clock forward. Answers `/ready` at once, and all
 * else with how its call ended.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServiceFetch, isIdTokenError, metadataServer } from '@countersign/caller'
import { audience } from './_names.ts'

let aheadMs = 0
process.on('message', (message) => {
  aheadMs = Number(message)
  process.send?.('set')
})
process.on('disconnect', () => process.exit())

const url = process.env.FREEZABLE_TARGET as string
const serviceFetch = createServiceFetch({
  targets: [{ url, audience }],
  identity: metadataServer({ host: process.env.FREEZABLE_METADATA as string, timeoutMs: 500 }),
  now: () => Date.now() + aheadMs,
})

async function outcome(): Promise<string> {
  try {
    const { status, body } = await serviceFetch(url)
    await body?.cancel()
    return String(status)
  } catch (error) {
    return isIdTokenError(error) ? error.code : String(error)
  }
}

const server = createServer(async ({ url: path }, response) => {
  response.end(path === '/ready' ? 'ready' : await outcome())
})
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
