import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { load, loadAll } from "js-yaml";
import { toSignal } from "../../src/edge/cloudevents/signal.ts";
import type { Handle } from "../../src/edge/hosts/intake.ts";
import { lambdaHandlerFor } from "../../src/edge/hosts/lambda/handler.ts";
import { root } from "../build/build.ts";
import { decode, onlyEvent, recording, recordings } from "../edge/cloudevents/requests.ts";
import { parameters } from "./parameters.ts";

interface Match {
  readonly receiver: string;
  readonly kind: string;
  readonly reason: string;
  readonly namespace?: string;
}
interface ExporterConfig {
  readonly clusterName: string;
  readonly omitLookup: boolean;
  readonly route: { readonly routes: readonly { readonly match: readonly Match[] }[] };
  readonly receivers: readonly {
    readonly name: string;
    readonly eventbridge?: Readonly<Record<string, string>>;
    readonly sqs?: Readonly<Record<string, string>>;
  }[];
}
interface Exported {
  readonly reason: string;
  readonly involvedObject: { readonly kind: string; readonly namespace: string };
}

const manifests = loadAll(readFileSync(join(root, "infra/aws/event-exporter.yaml"), "utf8")) as {
  readonly kind: string;
  readonly data?: Readonly<Record<string, string>>;
  readonly rules?: readonly unknown[];
}[];
const ofKind = (kind: string) => manifests.find((manifest) => manifest.kind === kind);
const config = load(ofKind("ConfigMap")?.data?.["config.yaml"] ?? "") as ExporterConfig;
const rules = config.route.routes.flatMap(({ match }) => match);

/** kubernetes-event-exporter, pkg/exporter/rule.go: Go's `regexp.MatchString` on every field that is set. */
const matching = ({ reason, involvedObject: { kind, namespace } }: Exported): readonly Match[] =>
  rules.filter(
    (rule) =>
      new RegExp(rule.kind).test(kind) &&
      new RegExp(rule.reason).test(reason) &&
      (rule.namespace === undefined || new RegExp(rule.namespace).test(namespace)),
  );

const exported = recording(recordings.exporter).filter(({ url }) => url === "/plain");
const recorded = exported.map(({ headers, body }) => ({
  event: JSON.parse(body) as Exported,
  signal: toSignal(onlyEvent(decode(headers, body))),
}));

/** What the flow gets to hear of one invocation. */
async function heard(event: unknown): Promise<{ readonly signals: readonly unknown[]; readonly result: unknown }> {
  const signals: unknown[] = [];
  const handle: Handle = async (incoming) => {
    signals.push(toSignal(incoming));
    return "taken";
  };
  const log = { info: () => {}, warn: () => {}, error: () => {} };
  const handler = lambdaHandlerFor({ handle, sweep: undefined, log, end: async () => {} });
  return { signals, result: await handler(event) };
}

/** EventBridge user guide, "Event structure". */
const onTheBus = (body: string): unknown => ({
  version: "0",
  id: "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
  "detail-type": "KubernetesEvent",
  source: "kubernetes-event-exporter",
  account: "111122223333",
  time: "2026-11-23T16:32:43Z",
  region: "eu-west-1",
  resources: [],
  detail: JSON.parse(body),
});
const inTheQueue = (bodies: readonly string[]): unknown => ({
  Records: bodies.map((body, i) => ({ messageId: `m${i}`, body, eventSource: "aws:sqs" })),
});

describe("what the exporter sent, by way of AWS", () => {
  const plain = exported.map(({ headers, body }) => toSignal(onlyEvent(decode(headers, body))));

  test("means the same from the bus as over HTTP", async () => {
    const found = await Promise.all(exported.map(({ body }) => heard(onTheBus(body))));
    expect(found.flatMap(({ signals }) => signals)).toEqual(plain);
  });

  test.each([
    ["by the bus and the queue", (body: string) => JSON.stringify(onTheBus(body))],
    ["straight into the queue", (body: string) => body],
  ])("means the same %s, in one batch", async (_way, message) => {
    const { signals, result } = await heard(inTheQueue(exported.map(({ body }) => message(body))));
    expect(signals).toEqual(plain);
    expect(result).toEqual({ batchItemFailures: [] });
  });
});

describe("infra/aws/event-exporter.yaml", () => {
  test("sends what the recorded cluster said to us, each once, and nothing that is none of ours", () => {
    expect(recorded).toHaveLength(25);
    for (const { event, signal } of recorded) {
      // What becomes of Pods and Deployments of others is a signal to anybody who sends it, and none that is worth its price.
      const wanted =
        signal.kind === "MetricFailed" || (signal.kind !== "NotOurs" && event.involvedObject.namespace === "keda");
      expect([event.involvedObject.kind, event.reason, matching(event).length]).toEqual([
        event.involvedObject.kind,
        event.reason,
        wanted ? 1 : 0,
      ]);
    }
    expect(recorded.filter(({ signal }) => signal.kind === "MetricFailed")).toHaveLength(4);
  });

  test("matches whole words only: a regular expression of the exporter is not anchored", () => {
    for (const { kind, reason, namespace = "^$" } of rules)
      for (const field of [kind, reason, namespace]) expect(field).toMatch(/^\^.*\$$/);
  });

  test("its bus, its queue and its source are those of the stack", () => {
    const [bus, queue] = config.receivers;
    expect(bus?.eventbridge).toEqual({
      source: parameters["eventSource"]?.fallback,
      detailType: "KubernetesEvent",
      eventBusName: "keda-medic-prod",
      region: "eu-west-1",
    });
    expect(queue?.sqs).toEqual({ queueName: "keda-medic-prod-events", region: "eu-west-1" });
    expect(new Set(rules.map(({ receiver }) => receiver))).toEqual(new Set([bus?.name]));
  });

  test("names its cluster, and may read Events and nothing else", () => {
    expect(config).toMatchObject({ clusterName: "prod-eu1", omitLookup: true });
    expect(ofKind("ClusterRole")?.rules).toEqual([
      { apiGroups: [""], resources: ["events"], verbs: ["list", "watch"] },
    ]);
  });
});
