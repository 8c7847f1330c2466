export { type CallerMeter, meterCaller } from './meter-caller.ts'
export { meterReceiver, type ReceiverMeter } from './meter-receiver.ts'
export type { MeterOptions, ReceiverMeterOptions } from './options.ts'
export { type TracedFetchOptions, tracedFetch } from './traced-fetch.ts'
