import { beforeAll, describe, expect, test } from "@jest/globals";
import { valuesOf } from "../../../scripts/render/table.mjs";
import { parseConfig } from "../../../src/edge/config.ts";
import { builtHelm, type Helm, set } from "../tools/helm.ts";
import { containersOf, environmentOf, type Loose, read } from "../tools/objects.ts";

let helm: Helm;
beforeAll(async () => {
  helm = await builtHelm();
}, 900_000);

const schema = JSON.parse(read("infra/helm/keda-medic/values.schema.json"));
const bounded: readonly (readonly [string, string, string])[] = valuesOf(schema).flatMap(([path, part]: Loose) => {
  const [, least, most] = / From (\w+) to (\w+)\.$/.exec(part.description) ?? [];
  return least === undefined || most === undefined ? [] : [[path, least, most]];
});

const refusal = (...values: readonly string[]): string => {
  const { code, stderr } = helm.template(...set(...values));
  return code === 0 ? "taken" : stderr;
};
/** Whether every process that the chart makes of these values would start. */
const starts = (...values: readonly string[]): boolean =>
  containersOf(helm.objects(...set(...values))).every((container) => parseConfig(environmentOf(container)).ok);

describe("what the program refuses at its start, the chart refuses before anything is installed", () => {
  test.each(bounded)("%s outside of %s to %s", (path, least, most) => {
    expect(refusal(`${path}=${most}1ms`)).toContain(
      `${path} is ${most}1ms: set it to a duration from ${least} to ${most}.`,
    );
    if (least !== "0s") expect(refusal(`${path}=1ms`)).toContain(`${path} is 1ms: set it to a duration from ${least}`);
  });

  test("both ends of every range are taken, by the program as well", () => {
    expect(bounded.length).toBe(18);
    expect(starts(...bounded.map(([path, least]) => `${path}=${least}`))).toBe(true);
    // Together they would contradict each other.
    const most = bounded.filter(([path]) => path !== "policy.waitDeadline").map(([path, , most]) => `${path}=${most}`);
    expect(starts("policy.waitDeadline=1d", ...most)).toBe(true);
  });

  test.each([
    ["59999ms", false],
    ["0060s", true],
    ["59s999ms", false],
    ["59s1000ms", true],
    ["23h60m", true],
    ["23h60m1ms", false],
    ["86400s", true],
    ["999999999d", false],
    ["0000000060s", false],
  ])("a duration counts as the program counts it: %s", (text, taken) => {
    expect([refusal(`policy.coolDown=${text}`) === "taken", parseConfig({ KEDA_MEDIC_COOL_DOWN: text }).ok]).toEqual([
      taken,
      taken,
    ]);
  });

  test.each([
    [["policy.waitDeadline=90s"], "policy.waitDeadline is 90s: it must be longer than policy.hopASettle (2m)"],
    [["policy.waitDeadline=2m"], "policy.waitDeadline is 2m: it must be longer than policy.hopASettle (2m)"],
    [["policy.propagation=10m"], "policy.waitDeadline is 10m: it must be longer than policy.propagation (10m)"],
    [
      ["policy.operatorSettle=20m", "policy.waitDeadline=15m"],
      "policy.waitDeadline is 15m: it must be longer than policy.operatorSettle (20m)",
    ],
  ])("a deadline that every wait would miss: %j", (values, sentence) => {
    expect(refusal(...values)).toContain(sentence);
  });

  test.each([[["policy.waitDeadline=121s"]], [["policy.propagation=20m", "policy.waitDeadline=21m"]]])(
    "and takes one that is longer than each of them: %j",
    (values) => expect(starts(...values)).toBe(true),
  );

  test.each([
    ["29:00-29:30", false],
    ["24:30-02:00", false],
    ["22:60-23:00", false],
    ["22:00-22:00", false],
    ["00:00-24:00", false],
    ["24:00-00:00", false],
    ["22:00-24:00", true],
    ["24:00-06:00", true],
    ["23:59-00:00", true],
    ["19:00-20:00", true],
  ])("a maintenance window that is no time of day, or none at all: %s", (text, taken) => {
    const inProgram = parseConfig({ KEDA_MEDIC_MAINTENANCE_WINDOW: text }).ok;
    expect([refusal(`policy.maintenanceWindow=${text}`) === "taken", inProgram]).toEqual([taken, taken]);
  });
});

describe("labels and annotations of one's own never undo those that the chart sets", () => {
  const podLabels = ["name", "instance", "component"].map((name) => `app.kubernetes.io/${name}`);
  const labels = [
    ...["name", "version", "part-of", "instance", "managed-by"].map((name) => `app.kubernetes.io/${name}`),
    "helm.sh/chart",
    "networking.knative.dev/visibility",
  ];
  test.each([
    ...podLabels.map((name) => ["podLabels", name]),
    ...labels.map((name) => ["labels", name]),
    ["annotations", "eventing.knative.dev/broker.class"],
    ["podAnnotations", "autoscaling.knative.dev/min-scale"],
    ["podAnnotations", "autoscaling.knative.dev/max-scale"],
  ])("%s refuses %s", (value, name) => {
    expect(refusal(`${value}.${name.replaceAll(".", "\\.")}=x`)).toContain(`invalid propertyName '${name}'`);
  });

  test.each(["deployment", "knative"])("host=%s sets no other that could be undone", (host) => {
    const ours = new Set([...labels, ...podLabels]);
    const all = helm.objects(...set(`host=${host}`, "knative.broker.class=Kafka"));
    const known = ["eventing.knative.dev/broker.class", "autoscaling.knative.dev/min-scale"];
    const annotated = [...known, "autoscaling.knative.dev/max-scale"];
    for (const { metadata, spec } of all)
      for (const part of [metadata, spec?.template?.metadata ?? {}]) {
        expect(Object.keys(part.labels ?? {}).filter((name) => !ours.has(name))).toEqual([]);
        expect(Object.keys(part.annotations ?? {}).filter((name) => !annotated.includes(name))).toEqual([]);
      }
  });
});
