/** A server for each guard, in one process: tells their ports, and its CPU time whenever asked. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { cpuMicroseconds } from '../report/cpu-time.ts'
import { appOf } from './apps/apps.ts'
import { type Setting, settingsOf } from './setting.ts'

const ports = await Promise.all(settingsOf(process.argv[2]).map(listen))
process.send?.({ ports })
process.on('message', () => process.send?.({ cpu: cpuMicroseconds() }))
process.on('disconnect', () => process.exit())

function listen(setting: Setting): Promise<number> {
  const server = createServer(appOf(setting))
  server.keepAliveTimeout = 600_000
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
