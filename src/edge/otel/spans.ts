import {
  type Context,
  type ContextManager,
  type Tracer as OtelTracer,
  ROOT_CONTEXT,
  type Span,
  SpanStatusCode,
  trace,
} from "@opentelemetry/api";
import { telemetry } from "../../core/telemetry.ts";
import { messageOf } from "../../core/thrown.ts";
import type { AttributeValue, SpanHandle, SpanOptions, Tracer } from "../../ports/tracer.ts";
import { formatTraceparent, parseTraceparent } from "./traceparent.ts";

export interface SpanRunner {
  readonly tracer: OtelTracer;
  readonly contexts: ContextManager;
  readonly redact: (text: string) => string;
}

type Attributes = Record<string, string | number | boolean | string[]>;

function clean(value: AttributeValue, redact: SpanRunner["redact"]): Attributes[string] {
  if (typeof value === "string") return redact(value);
  return typeof value === "object" ? value.map(redact) : value;
}

const cleanAll = (attributes: SpanOptions["attributes"], redact: SpanRunner["redact"]): Attributes =>
  Object.fromEntries(Object.entries(attributes ?? {}).map(([name, value]) => [name, clean(value, redact)]));

function start(name: string, options: SpanOptions, { tracer, contexts, redact }: SpanRunner): [Span, Context] {
  const parent = parseTraceparent(options.parent);
  const link = parseTraceparent(options.link);
  const around = parent === undefined ? contexts.active() : trace.setSpanContext(ROOT_CONTEXT, parent);
  const links = link === undefined ? [] : [{ context: link }];
  const span = tracer.startSpan(name, { attributes: cleanAll(options.attributes, redact), links }, around);
  return [span, trace.setSpan(around, span)];
}

const handleOf = (span: Span, redact: SpanRunner["redact"]): SpanHandle => ({
  set: (name, value) => void span.setAttribute(name, clean(value, redact)),
  addEvent: (name, attributes) => void span.addEvent(name, cleanAll(attributes, redact)),
  link: (traceparent) => {
    const context = parseTraceparent(traceparent);
    if (context !== undefined && context.traceId !== span.spanContext().traceId) span.addLink({ context });
  },
  traceparent: formatTraceparent(span.spanContext()),
});

/** Low-cardinality word for an error that may come from anywhere. */
function errorType(error: unknown): string {
  if (typeof error !== "object" || error === null) return typeof error;
  const { code, name } = error as { code?: unknown; name?: unknown };
  return String(code ?? name ?? "Error").slice(0, 60);
}

function fail(span: Span, error: unknown, redact: SpanRunner["redact"]): void {
  span.setAttribute(telemetry.attributes.errorType, errorType(error));
  span.setStatus({ code: SpanStatusCode.ERROR, message: redact(messageOf(error)).slice(0, 1000) });
}

/**
 * Spans inside the function become children of this one, unless they name another parent. An error marks the span and
 * goes on its way.
 */
export function spanRunner(runner: SpanRunner): Tracer["span"] {
  return async (name, options, run) => {
    const [span, inside] = start(name, options, runner);
    try {
      return await runner.contexts.with(inside, () => run(handleOf(span, runner.redact)));
    } catch (error) {
      fail(span, error, runner.redact);
      throw error;
    } finally {
      span.end();
    }
  };
}
