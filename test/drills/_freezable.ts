/**
 * A service in a process of its own, which a drill stops and continues: tells its URL once it
 * listens. `FREEZABLE_KEYS` is its key endpoint; a message is how far to set its clock forward.
 */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createReceiver, googleKeys } from '@countersign/receiver'
import { audience, email } from './_names.ts'

let aheadMs = 0
process.on('message', (message) => {
  aheadMs = Number(message)
  process.send?.('set')
})
process.on('disconnect', () => process.exit())

const now = () => Date.now() + aheadMs
const url = process.env.FREEZABLE_KEYS as string
const keys = googleKeys({ url, now, timeoutMs: 500 })
const receiver = createReceiver({ allow: [email], audience, keys, log: false, now })

const server = createServer(async (request, response) => {
  const decision = await receiver.check(request)
  if (decision.allowed) return response.end()
  const { status, headers } = decision.denial
  return response.writeHead(status, headers).end()
})
server.listen(0, '127.0.0.1', () => {
  process.send?.(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
})
