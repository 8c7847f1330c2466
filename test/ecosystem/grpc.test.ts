/**
 * gRPC sends call credentials over TLS only: the server has a certificate made here, which
 * `GRPC_DEFAULT_SSL_ROOTS_FILE_PATH` makes trusted, so that the recipe runs as it stands.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createSecureServer, type IncomingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadPolicy } from '@countersign/policy'
import { createReceiver } from '@countersign/receiver'
import type { handleUnaryCall } from '@grpc/grpc-js'
import { afterAll, afterEach, expect, onTestFinished, test, vi } from 'vitest'
import { createCertificate } from '../private-certificate.ts'
import { shown, token } from './_contract.ts'
import { login, startWorld } from './_world.ts'
import type { Order } from './recipes/api/orders-client.ts'

const audience = 'https://orders-123.us-central1.run.app'
const stranger = 'orders-123.us-central1.run.app.evil.example'
const folder = await mkdtemp(join(tmpdir(), 'countersign-grpc-'))
afterAll(() => rm(folder, { recursive: true }))
const { authority, ...certificate } = await createCertificate([new URL(audience).host, stranger])
const roots = join(folder, 'roots.pem')
await writeFile(roots, authority)
vi.stubEnv('GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', roots)

// The front door speaks HTTP/1.1 only, so orders is called where it is.
await startWorld(() => {}, { orders: audience })
// Its name is production's, whose certificate it has; the connection stays on this machine.
vi.stubEnv('COUNTERSIGN_EMULATOR_ALLOW_BEYOND', 'yes')
const { Server, ServerCredentials, status } = await import('@grpc/grpc-js')
const { OrdersClient, ordersDefinition } = await import('./recipes/api/orders-client.ts')
const { channel } = await import('./recipes/grpc.ts')

const policy = await loadPolicy(new URL('./recipes/countersign.jsonc', import.meta.url))
const receiver = createReceiver({ ...policy.receiver('orders'), log: false })
const arrived: IncomingHttpHeaders[] = []
afterEach(() => void arrived.splice(0))

/** As an interceptor of a real service would: the receiver decides, gRPC's words carry it. */
const answer: handleUnaryCall<Order, Order> = async (call, callback) => {
  const headers = call.metadata.toHttp2Headers() as IncomingHttpHeaders
  arrived.push(headers)
  const decision = await receiver.check({ method: 'POST', url: call.getPath(), headers })
  if (!decision.allowed) {
    const { code } = decision.denial
    return callback({ code: status.UNAUTHENTICATED, details: code })
  }
  const { email: asked = '', audience = '' } = decision.caller ?? {}
  if (call.request.id === 'slow') return
  if (call.request.id === 'none') return callback({ code: status.NOT_FOUND, details: 'no order' })
  callback(null, { ...call.request, asked, audience })
}

async function startOrders(): Promise<string> {
  const { key, cert } = certificate
  const server = new Server()
  server.addService(ordersDefinition, { get: answer, remove: answer })
  const pair = { private_key: Buffer.from(key), cert_chain: Buffer.from(cert) }
  const tls = ServerCredentials.createSsl(null, [pair])
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', tls, (error, port) => (error ? reject(error) : resolve(port)))
  })
  onTestFinished(() => server.forceShutdown())
  return `localhost:${port}`
}

/** The recipe's channel to a server on loopback, which passes for the host that is named. */
function clientOf(address: string, host = new URL(audience).host) {
  const client = new OrdersClient(address, channel, {
    'grpc.default_authority': host,
    'grpc.ssl_target_name_override': host,
  })
  onTestFinished(() => client.close())
  return client
}

type Done = Parameters<InstanceType<typeof OrdersClient>['get']>[1]

/** What a call came to: its answer, or its error. */
function outcome(call: (done: Done) => unknown): Promise<unknown> {
  return new Promise((resolve) => call((error, order) => resolve(error ?? order)))
}

test('a call arrives as this service, with a token for the other', async () => {
  const client = clientOf(await startOrders())
  const order = await outcome((done) => client.get({ id: '7' }, done))
  expect(order).toEqual({ id: '7', asked: login, audience })
})

test('an error of the service is a ServiceError', async () => {
  const client = clientOf(await startOrders())
  const error = await outcome((done) => client.get({ id: 'none' }, done))
  expect(error).toMatchObject({ code: status.NOT_FOUND, details: 'no order' })
  expect(shown(error)).not.toMatch(token)
})

test('a call that is given up ends', async () => {
  const client = clientOf(await startOrders())
  const { promise, resolve } = Promise.withResolvers()
  const call = client.get({ id: 'slow' }, resolve)
  await expect.poll(() => arrived).toHaveLength(1)
  call.cancel()
  expect(await promise).toMatchObject({ code: status.CANCELLED })
})

test('nothing is sent to a host that is not listed, or for a method that is not', async () => {
  const address = await startOrders()
  const elsewhere = clientOf(address, stranger)
  const client = clientOf(address)
  expect(await outcome((done) => elsewhere.get({ id: '7' }, done))).toMatchObject({
    code: status.UNKNOWN,
    details: expect.stringContaining('is not a configured target'),
  })
  expect(await outcome((done) => client.remove({ id: '7' }, done))).toMatchObject({
    code: status.UNKNOWN,
    details: expect.stringContaining('The target orders does not allow'),
  })
  expect(arrived).toEqual([])
})

test.each([301, 302, 303, 307, 308])('a redirect with status %d is not followed', async (code) => {
  const reached: string[] = []
  const server = createSecureServer(certificate, (request, response) => {
    reached.push(request.url)
    const { port } = server.address() as AddressInfo
    response.writeHead(code, { location: `https://127.0.0.1:${port}/trap` }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const client = clientOf(`localhost:${port}`)
  const error = await outcome((done) => client.get({ id: '7' }, done))
  expect(error).toMatchObject({ details: expect.stringContaining(`${code}`) })
  expect(reached).toEqual(['/acme.Orders/Get'])
})
