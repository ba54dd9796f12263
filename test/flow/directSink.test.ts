import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { telemetry } from "../../src/core/telemetry.ts";
import type { SpanHandle, Tracer } from "../../src/ports/tracer.ts";
import { Processes } from "./processes.ts";
import { virtualTimers } from "./virtualTime.ts";
import { World } from "./world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
});

type Words = Record<string, unknown>;

/** What every answer said last, in the order in which they began. */
function recording(): { readonly tracer: Tracer; readonly answers: readonly Words[] } {
  const answers: Words[] = [];
  const tracer: Tracer = {
    span: (name, _options, run) => {
      const words: Words = {};
      if (name === telemetry.spans.respond) answers.push(words);
      const handle: SpanHandle = {
        set: (attribute, value) => {
          words[attribute] = value;
        },
        addEvent: () => {},
        link: () => {},
        traceparent: undefined,
      };
      return run(handle);
    },
    flush: async () => {},
  };
  return { tracer, answers };
}

test("the answer that decided a restart says so to the end, though its report is answered meanwhile by the same process", async () => {
  const { tracer, answers } = recording();
  const world = World.metricsApiserverStale();
  const processes = new Processes(world, { direct: true, tracer });
  await processes.hpaFailed();
  expect(world.restarts("metrics-apiserver")).toBe(1);
  const said = answers.map((words) => [words[telemetry.attributes.decision], words[telemetry.attributes.phase]]);
  expect(said).toEqual([
    ["restart", "acting"],
    ["wait", "verifying"],
  ]);
});
