/**
 * What a caller meets, in a process of its own: a metadata server that counts the ID tokens it hands
 * out, and a service that wants one. Tells both ports, and the count whenever asked.
 */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { claimsOf, createIssuer } from '../tokens/issuer.ts'
import type { GooglePorts } from './google.ts'

const issuer = createIssuer()
let tokens = 0

const metadata = await listening(async (req, res) => {
  const url = new URL(req.url ?? '/', 'http://metadata')
  const headers = { 'metadata-flavor': 'Google', 'content-type': 'text/html' }
  if (!url.pathname.endsWith('/identity')) return void res.writeHead(200, headers).end('ok')
  tokens += 1
  const token = await issuer.sign(claimsOf(tokens, { aud: url.searchParams.get('audience') }))
  res.writeHead(200, headers).end(token)
})

const service = await listening((req, res) => {
  const isSigned = req.headers.authorization?.startsWith('Bearer ey') === true
  res.writeHead(isSigned ? 200 : 401, { 'content-type': 'application/json' }).end('{"id":7}')
})

const ports: GooglePorts = { metadata, service }
process.send?.(ports)
process.on('message', () => process.send?.({ tokens }))
process.on('disconnect', () => process.exit())

function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.keepAliveTimeout = 600_000
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port))
  })
}
