import { context, propagation, type Span, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  DataPointType,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'

// These two have no option anywhere: OpenTelemetry knows only global ones.
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
propagation.setGlobalPropagator(new W3CTraceContextPropagator())

/** The real SDK, which exports into memory. */
export interface Telemetry {
  meterProvider: MeterProvider
  tracerProvider: TracerProvider
  /** All metrics as they are now. */
  metrics(): Promise<MetricData[]>
  /** What one metric says now: its points without their times. */
  points(name: string): Promise<Point[]>
  /** The spans that have ended. */
  spans(): ReadableSpan[]
  /** Runs something in a span of its own, and returns that span as it was exported. */
  inSpan(run: (span: Span) => unknown): Promise<ReadableSpan>
}

/** A point of a metric: for a histogram, how many there were. */
interface Point {
  attributes: object
  value: number
}

export function startTelemetry(): Telemetry {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  })
  const spanExporter = new InMemorySpanExporter()
  const spanProcessor = new SimpleSpanProcessor({ exporter: spanExporter })
  const meterProvider = new MeterProvider({ readers: [reader] })
  const tracerProvider = new TracerProvider({ spanProcessors: [spanProcessor] })

  async function metrics(): Promise<MetricData[]> {
    metricExporter.reset()
    await meterProvider.forceFlush()
    const exported = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics)
    return exported.flatMap((scope) => scope.metrics)
  }

  return {
    meterProvider,
    tracerProvider,
    metrics,
    async points(name) {
      const found = (await metrics()).find(({ descriptor }) => descriptor.name === name)
      return found ? pointsOf(found) : []
    },
    spans: () => spanExporter.getFinishedSpans(),
    async inSpan(run) {
      const span = tracerProvider.getTracer('test').startSpan('the active one')
      await context.with(trace.setSpan(context.active(), span), () => run(span))
      span.end()
      const { spanId } = span.spanContext()
      return spanOf(spanExporter.getFinishedSpans(), spanId)
    },
  }
}

function pointsOf(metric: MetricData): Point[] {
  if (metric.dataPointType === DataPointType.SUM || metric.dataPointType === DataPointType.GAUGE) {
    return metric.dataPoints.map(({ attributes, value }) => ({ attributes, value }))
  }
  return metric.dataPoints.map(({ attributes, value }) => ({ attributes, value: value.count }))
}

function spanOf(spans: ReadableSpan[], spanId: string): ReadableSpan {
  const span = spans.find((each) => each.spanContext().spanId === spanId)
  if (span === undefined) throw new Error('The span was not exported')
  return span
}
