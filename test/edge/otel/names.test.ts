import { expect, test } from "@jest/globals";
import { telemetry } from "../../../src/core/telemetry.ts";

const groups = Object.entries(telemetry).filter(([, group]) => typeof group === "object");
const theirs = /^(k8s|cloudevents|service|error)\.[a-z_.]+$/;
const ours = /^keda_medic\.[a-z_]+(\.[a-z_]+)*$/;

test.each(groups)("%s: every name is ours or OpenTelemetry's, and stands for one thing", (_, group) => {
  const names = Object.values(group);
  for (const name of names) expect(name).toMatch(theirs.test(name) ? theirs : ours);
  expect(new Set(names).size).toBe(names.length);
});
