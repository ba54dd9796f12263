import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { AlwaysOnSampler, BatchSpanProcessor, type SpanExporter, TracerProvider } from "@opentelemetry/sdk-trace";
import { telemetry } from "../../core/telemetry.ts";
import type { Tracer } from "../../ports/tracer.ts";
import type { TracerOptions } from "./options.ts";
import { spanRunner } from "./spans.ts";

/** Soon enough to be seen while an incident is under way. */
const SEND_EVERY = 1000;

/** Speaks up when sending starts or stops failing, not for every batch. */
function observed(exporter: SpanExporter, { onTrouble, redact }: TracerOptions): SpanExporter {
  let sending = true;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const works = result.code === 0;
        if (works !== sending) onTrouble?.({ sending: works, detail: redact(result.error?.message ?? "") });
        sending = works;
        done(result);
      });
    },
    shutdown: () => exporter.shutdown(),
    forceFlush: async () => exporter.forceFlush?.(),
  };
}

function exporterOf(options: TracerOptions): SpanExporter {
  const { tracesUrl, headers, timeout } = options;
  const otlp = new OTLPTraceExporter({ url: tracesUrl, headers: { ...headers }, timeoutMillis: timeout });
  return observed(otlp, options);
}

function providerOf(options: TracerOptions, exporter: SpanExporter): TracerProvider {
  const { attributes } = telemetry;
  return new TracerProvider({
    resource: resourceFromAttributes({
      ...options.resource,
      [attributes.serviceName]: options.serviceName,
      [attributes.serviceVersion]: options.serviceVersion,
    }),
    // Senders sample their traffic, often to a percent. Incidents are few, and each must be told whole.
    sampler: new AlwaysOnSampler(),
    spanLimits: { attributeValueLengthLimit: 1000, attributeCountLimit: 64, eventCountLimit: 64 },
    spanProcessors: [
      new BatchSpanProcessor({ exporter, scheduledDelayMillis: SEND_EVERY, exportTimeoutMillis: options.timeout }),
    ],
  });
}

const after = (length: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, length).unref();
  });

/** The real tracer. Registers nothing globally, so several can live in one process (tests do). */
export function sdkTracer(options: TracerOptions): Tracer {
  const exporter = exporterOf(options);
  const provider = providerOf(options, exporter);
  const contexts = new AsyncLocalStorageContextManager().enable();
  const tracer = provider.getTracer(telemetry.service, options.serviceVersion);
  // What is buffered, then what is on its way: the batch processor knows only of the former.
  const sendAll = async (): Promise<void> => {
    await provider.forceFlush({ timeoutMillis: options.timeout });
    await exporter.forceFlush?.();
  };
  return {
    span: spanRunner({ tracer, contexts, redact: options.redact }),
    flush: () => Promise.race([sendAll().catch(() => undefined), after(options.timeout)]),
  };
}
