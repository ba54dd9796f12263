/** Makes a tracer, runs a span, and prints which packages that has loaded. `off` or `on` is the first argument. */
import { registerHooks } from "node:module";

const loaded = new Set<string>();
registerHooks({
  load(url, context, next) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\/(?!.*node_modules)/.exec(url)?.[1];
    if (name !== undefined) loaded.add(name);
    return next(url, context);
  },
});

const { makeTracer } = await import("../../../src/edge/otel/tracer.ts");
const options = {
  tracesUrl: "http://127.0.0.1:9/v1/traces",
  headers: {},
  timeout: 50,
  serviceName: "s",
  serviceVersion: "0",
  resource: {},
  redact: (text: string) => text,
};
const tracer = await makeTracer(process.argv[2] === "on" ? options : undefined);
await tracer.span("a", {}, async () => undefined);
await tracer.flush();
process.stdout.write(JSON.stringify([...loaded]));
