import type { Option } from '../parts/fields.tsx'
import { state } from '../store/run.ts'

/** Every service, or one of the policy's. */
export function serviceOptions(): readonly Option<string>[] {
  const services = (state.value?.services ?? []).map(({ name }) => ({ value: name, text: name }))
  return [{ value: '', text: 'every service' }, ...services]
}
