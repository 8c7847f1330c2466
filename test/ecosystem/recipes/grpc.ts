import { credentials, Metadata } from '@grpc/grpc-js'
import { OrdersClient } from './api/orders-client.ts' // from your .proto
import { serviceFetch } from './service-fetch.ts'

/** Asked for each call, with the host that is called; answered from the token cache. */
const signed = credentials.createFromMetadataGenerator((call, callback) => {
  const url = new URL(call.method_name, call.service_url)
  serviceFetch.headers(url, { method: 'POST' }).then(
    (headers) => callback(null, Metadata.fromHttp2Headers(Object.fromEntries(headers))),
    (error) => callback(error),
  )
})

export const channel = credentials.combineChannelCredentials(credentials.createSsl(), signed)

export const orders = new OrdersClient('orders-123.us-central1.run.app:443', channel)
