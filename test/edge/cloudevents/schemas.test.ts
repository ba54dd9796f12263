import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { Incident } from "../../../src/core/incident.ts";
import { incidentRecord } from "../../../src/core/record.ts";
import { toRestartRequest } from "../../../src/edge/cloudevents/own.ts";
import { toSignal } from "../../../src/edge/cloudevents/signal.ts";

interface Schema {
  readonly $id: string;
  readonly examples?: readonly Record<string, unknown>[];
}

const folder = new URL("../../../schemas/", import.meta.url);
const schemas = readdirSync(folder)
  .filter((file) => file.startsWith("dev.kedamedic."))
  .map((file) => JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Schema);
const ajv = new Ajv2020({ allErrors: true, strict: true, formats: { "date-time": true }, strictRequired: false });
for (const schema of schemas) ajv.addSchema(schema);

const validate = (type: string, data: unknown): string | undefined => {
  const check = ajv.getSchema(`${type}.json`);
  if (check === undefined) throw new Error(`no schema of ${type}`);
  return check(data) ? undefined : ajv.errorsText(check.errors);
};

const types = schemas.map(({ $id }) => $id.replace(/\.json$/, ""));
const examples = schemas.flatMap(({ $id, examples: all }) =>
  (all ?? []).map((example) => [$id.replace(/\.json$/, ""), example] as const),
);
const generation = "3b4c1d9e".repeat(8);

const incident: Incident = {
  name: "prod-eu1.keda.3b4c1d9e3b4c",
  installation: "prod-eu1.keda",
  generation,
  phase: "recovered",
  openedAt: Date.UTC(2026, 10, 23, 17, 4, 51),
  updatedAt: Date.UTC(2026, 10, 23, 17, 6),
  symptoms: [],
  diagnosis: { code: "StaleVerifier", sentence: "The metrics-apiserver trusts the old CA." },
  decision: {
    kind: "restart",
    code: "StaleVerifier",
    sentence: "Restart it.",
    targets: [{ component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver" }],
  },
  plan: {
    cause: "StaleVerifier",
    reservedAt: 0,
    evidenceHash: "0",
    steps: [{ component: "metrics-apiserver", namespace: "keda", name: "keda-metrics-apiserver", state: "performed" }],
  },
  effects: [],
  failedHpas: ["shop/keda-hpa-web"],
  moreFailedHpas: false,
  outcome: { result: "recovered", at: Date.UTC(2026, 10, 23, 17, 6), sentence: "Active again." },
  foundBy: "event",
};

describe("the schemas of what we emit", () => {
  test("are one per type, and the record that the incident types share", () => {
    expect(types.sort()).toEqual([
      "dev.kedamedic.incident.closed.v1",
      "dev.kedamedic.incident.escalated.v1",
      "dev.kedamedic.incident.latent.v1",
      "dev.kedamedic.incident.opened.v1",
      "dev.kedamedic.incident.recovered.v1",
      "dev.kedamedic.incident.refused.v1",
      "dev.kedamedic.incident.v1",
      "dev.kedamedic.pods.end-refused.v1",
      "dev.kedamedic.pods.end-requested.v1",
      "dev.kedamedic.pods.ended.v1",
      "dev.kedamedic.restart.performed.v1",
      "dev.kedamedic.restart.refused.v1",
      "dev.kedamedic.restart.requested.v1",
    ]);
    expect(examples).toHaveLength(types.length - 1);
  });

  test.each(examples)("%s accepts its own example", (type, example) => {
    expect(validate(type, example)).toBeUndefined();
  });

  test.each(types.filter((type) => /incident\.\w+\.v1/.test(type)))("%s accepts the record of an incident", (type) => {
    expect(validate(type, incidentRecord(incident))).toBeUndefined();
  });

  test.each(
    examples.flatMap(([type, example]) => Object.keys(example).map((field) => [type, field, example] as const)),
  )("%s refuses a %s of another kind", (type, field, example) => {
    expect(validate(type, { ...example, [field]: { not: ["this"] } })).toBeDefined();
  });

  test("a request to restart holds nothing else: it must carry no proof", () => {
    const request = { incident: incident.name, component: "operator", generation };
    expect(validate("dev.kedamedic.restart.requested.v1", request)).toBeUndefined();
    expect(validate("dev.kedamedic.restart.requested.v1", { ...request, evidence: 1 })).toBeDefined();
  });
});

describe("what the schemas accept, the reader takes", () => {
  const asEvent = (type: string, data: unknown) => ({
    id: "1",
    source: "/s",
    type,
    subject: incident.name,
    attributes: {},
    data,
  });

  test.each(examples.filter(([type]) => type.endsWith("restart.performed.v1") || type.endsWith("restart.refused.v1")))(
    "a report of %s",
    (type, example) => {
      expect(toSignal(asEvent(type, example)).kind).toBe("RestartReported");
    },
  );

  test.each(examples.filter(([type]) => type.endsWith("restart.requested.v1")))("a %s", (type, example) => {
    expect(toRestartRequest({ ...asEvent(type, example), subject: String(example["incident"]) })).toEqual(example);
  });

  test.each(examples.filter(([type]) => type.endsWith("pods.end-requested.v1")))("a %s", (type, example) => {
    const request = toRestartRequest({ ...asEvent(type, example), subject: String(example["incident"]) });
    expect(request).toEqual({ ...example, action: "endStalePods" });
  });
});
