export { type CallerMeter, meterCaller } from './meter-caller.ts'
export { meterReceiver, type ReceiverMeter } from './meter-receiver.ts'
export type { MeterOptions, ReceiverMeterOptions, TracedFetchOptions } from './options.ts'
export { tracedFetch } from './traced-fetch.ts'
