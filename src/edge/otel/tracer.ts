import type { Tracer } from "../../ports/tracer.ts";
import type { TracerOptions } from "./options.ts";

const nothing = { set: () => undefined, addEvent: () => undefined, link: () => undefined, traceparent: undefined };

/** Runs the function and is otherwise not there. */
export const noTracer: Tracer = { span: (_name, _options, run) => run(nothing), flush: async () => undefined };

/** A tracer that sends to a collector. Without options nothing of OpenTelemetry is even loaded. */
export async function makeTracer(options: TracerOptions | undefined): Promise<Tracer> {
  if (options === undefined) return noTracer;
  const { sdkTracer } = await import("./sdk.ts");
  return sdkTracer(options);
}
