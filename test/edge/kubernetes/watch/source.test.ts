import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { decodeEvents } from "../../../../src/edge/cloudevents/decode.ts";
import { toSignal } from "../../../../src/edge/cloudevents/signal.ts";
import { kubeClient } from "../../../../src/edge/kubernetes/client.ts";
import { watchRules, yamlNames } from "../../../../src/edge/kubernetes/rbac.ts";
import type { EventRequest } from "../../../../src/edge/kubernetes/watch/queue.ts";
import {
  type EventSource,
  type EventSourceOptions,
  eventSource,
} from "../../../../src/edge/kubernetes/watch/source.ts";
import type { StoredObject } from "../../../../src/sandbox/apiserver/objects.ts";
import type { User } from "../../../../src/sandbox/apiserver/rbac.ts";
import { wallClock } from "../server.ts";
import { object, type StandIn, sleep, standIn, until } from "../standIn.ts";

const TIMEOUT =
  "unable to get external metric shop/s0/: the server was unable to return a response in the time allotted, but may still be processing the request (get s0.external.metrics.k8s.io)";

const medic: User = {
  name: "system:serviceaccount:keda-medic:keda-medic-respond",
  token: "medic",
  grants: [true, false].flatMap((readSecret) => {
    const { cluster = [], keda = [] } = watchRules(yamlNames, readSecret);
    // `list` of these is among the rights of looking.
    const listed = [...cluster, ...keda].map((rule) =>
      rule.resources.includes("secrets") ? rule : { ...rule, verbs: [...rule.verbs, "list"] },
    );
    return [{ rules: listed }];
  }),
};
const withoutSecret: User = {
  ...medic,
  token: "no-secret",
  grants: medic.grants.map(({ rules }) => ({ rules: rules.filter(({ resources }) => !resources.includes("secrets")) })),
};

let world: StandIn;
let source: EventSource | undefined;
let told: string[];
let logged: string[];
let answer: () => Promise<boolean>;

const log = {
  info: (message: string) => logged.push(message),
  warn: (message: string) => logged.push(message),
  error: (message: string) => logged.push(message),
};

/** What the decoder of the intake makes of it. */
function signalOf({ headers, body }: EventRequest): string {
  const decoded = decodeEvents(headers, body);
  if (!decoded.ok) return `refused ${decoded.code}`;
  const [event] = decoded.events;
  const signal = event && toSignal(event);
  if (signal === undefined) return "nothing";
  const { kind, namespace, name, hpa, failure, code } = signal as unknown as Record<string, string>;
  return [kind, namespace, name ?? hpa, failure ?? code].filter((word) => word !== undefined).join(" ");
}

function start(more: Partial<EventSourceOptions> = {}, user = medic): void {
  source = eventSource({
    client: world.as(user),
    names: { namespace: "keda", secret: "kedaorg-certs" },
    readSecret: true,
    log,
    backoff: { first: 10, longest: 20 },
    retryAfter: 10,
    deliver: (event) => {
      told.push(signalOf(event));
      return answer();
    },
    ...more,
  });
}

/** Watching, and told of what there was before by one tick. */
async function started(more: Partial<EventSourceOptions> = {}, user = medic): Promise<void> {
  start(more, user);
  await until("the watches to be open", () => told.length > 0 && world.api.watches.open === 4);
  expect(told).toEqual(["Tick"]);
  told.length = 0;
}

const put = (resource: "pods" | "secrets" | "events" | "horizontalpodautoscalers" | "certificates", o: StoredObject) =>
  void world.objects.put(resource, o);

const hpa = (name: string, reason: string, message = ""): StoredObject =>
  object("shop", name, {
    metadata: { name, labels: { "scaledobject.keda.sh/name": "web" } },
    status: {
      conditions: [
        { type: "ScalingActive", status: reason === "ValidMetricFound" ? "True" : "False", reason, message },
      ],
    },
  });

const event = (name: string, reason: string, message = TIMEOUT, count = 1): StoredObject =>
  object("shop", `${name}.1`, {
    involvedObject: { kind: "HorizontalPodAutoscaler", apiVersion: "autoscaling/v2", namespace: "shop", name },
    reason,
    message,
    count,
    type: "Warning",
  });

beforeEach(async () => {
  world = await standIn([medic, withoutSecret]);
  source = undefined;
  told = [];
  logged = [];
  answer = async () => true;
});
afterEach(async () => {
  await source?.stop();
  await world.close();
});

describe("the built-in event source", () => {
  test("makes one wake-up of everything that is there at its start", async () => {
    for (let i = 0; i < 50; i += 1) {
      put("pods", object("keda", `pod-${i}`));
      put("horizontalpodautoscalers", hpa(`hpa-${i}`, "FailedGetExternalMetric", TIMEOUT));
      put("events", event(`hpa-${i}`, "FailedGetExternalMetric"));
    }
    await started();
    await sleep(100);
    expect(told).toEqual([]);
  });

  test("tells of Pods, the one Secret, failing HPAs and their Events what the intake's decoder understands", async () => {
    put("secrets", object("keda", "kedaorg-certs", { data: { "tls.key": "c2VjcmV0" } }));
    put("horizontalpodautoscalers", hpa("keda-hpa-web", "ValidMetricFound"));
    await started();
    put("pods", object("keda", "keda-operator-1"));
    await until("the Pod", () => told.includes("PodChanged keda keda-operator-1"));
    put("secrets", object("keda", "kedaorg-certs", { data: { "tls.key": "b3RoZXI=" } }));
    await until("the Secret", () => told.includes("SecretChanged keda kedaorg-certs"));
    put("horizontalpodautoscalers", hpa("keda-hpa-web", "FailedGetExternalMetric", TIMEOUT));
    await until("the HPA", () => told.includes("MetricFailed shop keda-hpa-web Timeout"));
    told.length = 0;
    put("events", event("keda-hpa-web", "FailedGetExternalMetric"));
    await until("the Event", () => told.includes("MetricFailed shop keda-hpa-web Timeout"));
    put("horizontalpodautoscalers", hpa("keda-hpa-web", "ValidMetricFound"));
    await until("the recovery", () => told.includes("Tick"));
  });

  test("is not woken by other Secrets, other Pods, other Events, and HPAs whose metrics only change", async () => {
    put("horizontalpodautoscalers", hpa("keda-hpa-web", "ValidMetricFound"));
    await started();
    put("secrets", object("keda", "another"));
    put("pods", object("shop", "keda-operator-1"));
    put("events", event("keda-hpa-web", "SuccessfulRescale"));
    put("horizontalpodautoscalers", { ...hpa("keda-hpa-web", "ValidMetricFound"), spec: { maxReplicas: 7 } });
    put("pods", object("keda", "last"));
    await until("the last one", () => told.length > 0);
    expect(told).toEqual(["PodChanged keda last"]);
  });

  test("asks for metadata only where the content is none of its business: no private key is ever sent", async () => {
    const seen: string[] = [];
    put("secrets", object("keda", "kedaorg-certs", { data: { "tls.key": "c2VjcmV0" } }));
    world.api.beforeAnswer = (call, { body }) => {
      if (call.info.resource === "secrets") seen.push(JSON.stringify(body) ?? call.accept ?? "");
      return "send";
    };
    await started();
    expect(seen).toHaveLength(2);
    expect(seen.join()).toContain("PartialObjectMetadata");
    expect(seen.join()).not.toContain("c2VjcmV0");
  });

  test("asks for watches of five to ten minutes, so that they end by themselves and not all at once", async () => {
    await started();
    const lengths = world.api.journal.entries
      .map(({ path }) => new URL(path, "https://x").searchParams)
      .filter((query) => query.get("watch") === "true")
      .map((query) => Number(query.get("timeoutSeconds")));
    expect(lengths).toHaveLength(4);
    for (const length of lengths) expect([length >= 300, length <= 600]).toEqual([true, true]);
    expect(new Set(lengths).size).toBeGreaterThan(1);
  });

  test("watches cert-manager's objects where the Secret may not be watched, and says so", async () => {
    start({}, withoutSecret);
    await until("five watches", () => world.api.watches.open === 5);
    expect(told).toEqual(["Tick"]);
    expect(logged.join()).toContain("the Secret may not be watched");
    told.length = 0;
    put("certificates", object("keda", "keda-tls"));
    await until("the Certificate", () => told.length > 0);
    expect(told).toEqual(["CertificateChanged keda keda-tls"]);
  });

  test("opens a watch with a fresh token when the API server does not know the kept one", async () => {
    const { access } = world.as(medic);
    const token = async (how = "cached") => (how === "fresh" ? medic.token : "ended");
    const client = kubeClient({ ...access, token }, { clock: wallClock, backoff: 1 });
    try {
      start({ client });
      await until("the watches", () => world.api.watches.open === 4);
    } finally {
      client.close();
    }
  });

  test("does not even try the Secret where it is not to be read", async () => {
    start({ readSecret: false });
    await until("five watches", () => world.api.watches.open === 5);
    expect(world.api.journal.entries.filter(({ path }) => path.includes("/secrets"))).toEqual([]);
  });

  test("goes on from the last version after a broken connection: nothing is missed, nothing told twice", async () => {
    await started();
    put("pods", object("keda", "before"));
    await until("the first Pod", () => told.length === 1);
    world.api.watches.drop();
    put("pods", object("keda", "between"));
    await until("the second Pod", () => told.length === 2);
    await sleep(50);
    expect(told).toEqual(["PodChanged keda before", "PodChanged keda between"]);
    const lists = world.api.journal.entries.filter(({ path }) => path.includes("/pods") && !path.includes("watch="));
    expect(lists).toHaveLength(1);
  });

  test("lists again after 410 Gone and finds what was created, changed and deleted meanwhile", async () => {
    put("pods", object("keda", "stays"));
    put("pods", object("keda", "changes"));
    put("pods", object("keda", "goes"));
    await started();
    await world.api.down();
    put("pods", object("keda", "changes", { spec: { new: true } }));
    put("pods", object("keda", "comes"));
    world.objects.remove("pods", { namespace: "keda", name: "goes" });
    world.api.watches.expire();
    await world.api.up();
    await until("the differences", () => told.length >= 3);
    await sleep(50);
    expect(told.sort()).toEqual(["PodChanged keda changes", "PodChanged keda comes", "PodChanged keda goes"]);
  });

  test("lists again after the time that is set for it, though nothing was missed", async () => {
    await started({ resync: 1 });
    await sleep(10);
    world.api.watches.drop();
    const lists = () =>
      world.api.journal.entries.filter(({ path }) => path.includes("/pods") && !path.includes("watch="));
    await until("the second list", () => lists().length === 2);
    await until("the watches", () => world.api.watches.open === 4);
    expect(told).toEqual([]);
  });

  test("survives an API server that is away for a while", async () => {
    await started();
    await world.api.down();
    await sleep(60);
    put("pods", object("keda", "meanwhile"));
    await world.api.up();
    await until("the Pod", () => told.includes("PodChanged keda meanwhile"));
    expect(logged.some((line) => line.startsWith("watching Pods"))).toBe(true);
  });

  test("tells an event once that the API server sends three times", async () => {
    await started();
    world.api.watches.copies = 3;
    put("pods", object("keda", "one"));
    put("pods", object("keda", "two"));
    await until("both", () => told.length >= 2);
    await sleep(50);
    expect(told).toEqual(["PodChanged keda one", "PodChanged keda two"]);
  });

  test("a slow consumer gets the newest of each and, beyond what may wait, one tick; the watches go on", async () => {
    await started({ most: 10 });
    let release: () => void = () => {};
    answer = () => new Promise((resolve) => (release = () => resolve(true)));
    put("pods", object("keda", "first"));
    await until("the consumer to be busy", () => told.length === 1);
    for (let i = 0; i < 8; i += 1) put("pods", object("keda", "same", { spec: { i } }));
    await until("one to wait", () => source?.waiting === 1);
    for (let i = 0; i < 500; i += 1) put("pods", object("keda", `pod-${i}`));
    put("pods", object("keda", "last"));
    await sleep(200);
    expect(source?.waiting).toBeLessThanOrEqual(10);
    answer = async () => true;
    release();
    await until("the rest", () => source?.waiting === 0);
    expect(told.length).toBeLessThan(20);
    expect(told).toContain("Tick");
    expect(world.api.watches.open).toBe(4);
  });

  test("tells again what was not taken", async () => {
    await started();
    let refusals = 3;
    answer = async () => --refusals < 0;
    put("pods", object("keda", "one"));
    await until("four attempts", () => told.length === 4);
    await sleep(50);
    expect(told).toEqual(Array.from({ length: 4 }, () => "PodChanged keda one"));
  });

  test("tells the newest of what was not taken, not the older one again", async () => {
    await started({ retryAfter: 200 });
    let refuse: () => void = () => {};
    answer = () => new Promise((resolve) => (refuse = () => resolve(false)));
    const failing = (message: string) => put("events", event("keda-hpa-web", "FailedGetExternalMetric", message));
    failing(TIMEOUT);
    await until("the first one", () => told.length === 1);
    failing("unable to get external metric shop/s0/: rpc error: code = Unavailable");
    await until("the newer one to wait", () => source?.waiting === 1);
    answer = async () => true;
    refuse();
    await until("it to be told", () => source?.waiting === 0 && told.length === 2);
    expect(told[1]).not.toBe(told[0]);
  });

  test("keeps its pace at 10,000 objects: one tick at the start, then only what changes", async () => {
    for (let i = 0; i < 10_000; i += 1) put("horizontalpodautoscalers", hpa(`hpa-${i}`, "ValidMetricFound"));
    start();
    await until("the watches", () => world.api.watches.open === 4, 15_000);
    await until("the tick", () => told.length > 0);
    put("horizontalpodautoscalers", hpa("hpa-9999", "FailedGetExternalMetric", TIMEOUT));
    await until("the change", () => told.length > 1);
    expect(told).toEqual(["Tick", "MetricFailed shop hpa-9999 Timeout"]);
  });

  test("ends every watch at once when it is stopped, and tells nothing after that", async () => {
    await started();
    await source?.stop();
    put("pods", object("keda", "late"));
    await until("no watch", () => world.api.watches.open === 0);
    await sleep(30);
    expect(told).toEqual([]);
  });

  test("a bookmark moves the version on: an old watch need not list again", async () => {
    await started();
    for (let i = 0; i < 20; i += 1) put("pods", object("elsewhere", `pod-${i}`));
    await sleep(1100);
    world.api.watches.expire();
    // Everything until now is forgotten, and a bookmark has told the version behind it.
    put("pods", object("elsewhere", "more"));
    await sleep(1100);
    world.api.watches.drop();
    put("pods", object("keda", "after"));
    await until("the Pod", () => told.length > 0);
    expect(told).toEqual(["PodChanged keda after"]);
    const lists = world.api.journal.entries.filter(({ path }) => path.includes("/pods") && !path.includes("watch="));
    expect(lists).toHaveLength(1);
  });
});
