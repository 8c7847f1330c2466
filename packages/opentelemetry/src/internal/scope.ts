/** The instrumentation scope that all metrics and spans are of: this package. */
export const scope = { name: '@countersign/opentelemetry', version: '0.1.0' } as const
