import { describe, expect, test } from "@jest/globals";
import { load } from "js-yaml";
import { toSignal } from "../../src/edge/cloudevents/signal.ts";
import { decode, onlyEvent, type Recorded, recording, recordings } from "../edge/cloudevents/requests.ts";
import { type Loose, named, objects, read } from "./tools/objects.ts";

const configMap = named(objects(read("infra/event-exporter/configmap.yaml")), "ConfigMap", "keda-medic-event-exporter");
const config = load(configMap.data?.["config.yaml"] ?? "") as Loose;
const { webhook } = config.receivers[0];

/** Go's names of the fields that our templates use, as the exporter's JSON has them. */
const fields: Readonly<Record<string, (event: Loose) => string>> = {
  ".UID": (event) => event.metadata.uid,
  ".ResourceVersion": (event) => event.metadata.resourceVersion,
  ".Reason": (event) => event.reason,
  ".InvolvedObject.Kind": (event) => event.involvedObject.kind,
  ".InvolvedObject.Namespace": (event) => event.involvedObject.namespace,
  ".InvolvedObject.Name": (event) => event.involvedObject.name,
};

/** What the exporter would send as headers for this Event. */
const headersFor = (event: Loose): Record<string, string> =>
  Object.fromEntries(
    Object.entries(webhook.headers as Record<string, string>).map(([name, template]) => [
      name,
      template.replace(/\{\{ (\S+) \}\}/g, (_all, path: string) => {
        const value = fields[path];
        if (value === undefined) throw new Error(`the exporter knows no ${path}`);
        return value(event);
      }),
    ]),
  );

/** The exporter's rules: every field of a rule is a regular expression, not anchored; one rule that matches is enough. */
const sent = (event: Loose): boolean =>
  (config.route.routes as Loose[]).some(({ match }) =>
    match.some((rule: Loose) =>
      Object.entries({
        kind: event.involvedObject.kind,
        namespace: event.metadata.namespace,
        reason: event.reason,
      }).every(([field, value]) => rule[field] === undefined || new RegExp(rule[field]).test(value)),
    ),
  );

const parsed = ({ body }: Recorded): Loose => JSON.parse(body);
const recorded = recording(recordings.exporter);
const withHeaders = recorded.filter(({ url }) => url === "/cloudevents");
const plain = recorded.filter(({ url }) => url === "/plain");

describe("kubernetes-event-exporter with our configuration, on what a real one sent", () => {
  test("the headers are those that the exporter made of the same templates", () => {
    expect(withHeaders.length).toBeGreaterThan(10);
    for (const request of withHeaders) {
      const { "ce-source": source, ...made } = headersFor(parsed(request));
      expect(request.headers).toMatchObject(made);
      expect(source).toBe("/kubernetes-event-exporter");
    }
  });

  test("each is a CloudEvent that means the same as the body alone", () => {
    for (const request of plain) {
      const alone = onlyEvent(decode(request.headers, request.body));
      const event = onlyEvent(decode({ ...request.headers, ...headersFor(parsed(request)) }, request.body));
      expect([event.id, event.type, event.subject]).toEqual([alone.id, alone.type, alone.subject]);
      expect(toSignal(event)).toEqual(toSignal(alone));
    }
  });

  test("what is sent is what means something to us, and nothing that does is left out", () => {
    const wakes = (request: Recorded): boolean =>
      toSignal(onlyEvent(decode(request.headers, request.body))).kind !== "NotOurs";
    const concerns = (event: Loose): boolean =>
      event.metadata.namespace === "keda" || /^(HorizontalPodAutoscaler|ScaledObject)$/.test(event.involvedObject.kind);
    const chosen = plain.filter((request) => sent(parsed(request)));
    expect(chosen).toEqual(plain.filter((request) => wakes(request) && concerns(parsed(request))));
    expect(chosen.length).toBeGreaterThan(8);
  });

  test("every kind and reason that the code knows is sent", () => {
    const source = read("src/edge/cloudevents/kubeEvent.ts");
    const known = [...source.matchAll(/"(\w+)",\s*meaning\("[^"]*", \[([^\]]*)\]/g)].flatMap(([, kind, reasons = ""]) =>
      [...reasons.matchAll(/\w+/g)].map(([reason]) => ({ kind, reason })),
    );
    expect(known.length).toBeGreaterThan(9);
    const left = known.filter(
      ({ kind, reason }) => !sent({ involvedObject: { kind }, metadata: { namespace: "keda" }, reason }),
    );
    expect(left).toEqual([]);
  });

  test("kinds and reasons are anchored: a PodMonitor is no Pod", () => {
    const event = (kind: string, reason: string) => ({
      involvedObject: { kind },
      metadata: { namespace: "keda" },
      reason,
    });
    expect([sent(event("Pod", "Started")), sent(event("PodMonitor", "Started"))]).toEqual([true, false]);
    expect(sent(event("Pod", "NotStarted"))).toBe(false);
    expect(sent({ ...event("Pod", "Started"), metadata: { namespace: "keda-test" } })).toBe(false);
  });

  test("looks nothing up: annotations of objects stay where they are", () => {
    expect(config).toMatchObject({ omitLookup: true, maxEventAgeSeconds: 60 });
  });
});
