/** What a gRPC code generator makes of a .proto: here with JSON where the wire has protobuf. */
import {
  type ChannelCredentials,
  type Client,
  type ClientOptions,
  type ClientUnaryCall,
  type MethodDefinition,
  makeGenericClientConstructor,
  type ServiceError,
} from '@grpc/grpc-js'

/** An order, and who asked for it. */
export interface Order {
  id: string
  asked?: string
  audience?: string
}

const serialize = (value: Order) => Buffer.from(JSON.stringify(value))
const deserialize = (bytes: Buffer): Order => JSON.parse(bytes.toString())

/** The service's methods. */
export const ordersDefinition = { get: unary('Get'), remove: unary('Remove') }

function unary(name: string): MethodDefinition<Order, Order> {
  return {
    path: `/acme.Orders/${name}`,
    requestStream: false,
    responseStream: false,
    requestSerialize: serialize,
    requestDeserialize: deserialize,
    responseSerialize: serialize,
    responseDeserialize: deserialize,
  }
}

/** A client of the service. */
export interface OrdersClient extends Client {
  get: UnaryCall
  remove: UnaryCall
}

type UnaryCall = (
  request: Order,
  callback: (error: ServiceError | null, answer?: Order) => void,
) => ClientUnaryCall

export const OrdersClient = makeGenericClientConstructor(
  ordersDefinition,
  'Orders',
) as unknown as new (
  address: string,
  credentials: ChannelCredentials,
  options?: ClientOptions,
) => OrdersClient
