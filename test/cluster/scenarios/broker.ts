import { randomUUID } from "node:crypto";
import { postTo } from "../world/post.ts";
import { adminOf } from "./admin.ts";
import { healedOnce, incident } from "./incident.ts";
import type { Delivery, Passed, Play, Posted, Scenario } from "./scenario.ts";

const brokerUrl = "http://broker-ingress.knative-eventing.svc.cluster.local/keda-medic/keda-medic";
const respondUrl = "http://keda-medic-respond.keda-medic.svc.cluster.local/";
const receivers = ["respond", "restart", "sweep"] as const;

/** Types, the kind that they are about where it matters, and whom the chart's Triggers give them to. */
const routes: readonly (readonly [type: string, kind: string, to: (typeof receivers)[number] | "nobody"])[] = [
  ["dev.knative.apiserver.ref.add", "Secret", "respond"],
  ["dev.knative.apiserver.ref.update", "Pod", "respond"],
  ["dev.knative.apiserver.resource.add", "Event", "respond"],
  ["dev.knative.apiserver.resource.update", "Event", "respond"],
  ["io.k8s.core.v1.event.warning", "", "respond"],
  ["keda.scaledobject.failed.v1", "", "respond"],
  ["dev.kedamedic.restart.performed.v1", "", "respond"],
  ["dev.kedamedic.restart.refused.v1", "", "respond"],
  ["dev.kedamedic.restart.requested.v1", "", "restart"],
  ["dev.kedamedic.pods.end-requested.v1", "", "restart"],
  // A whole Secret, with its key: nobody must see it.
  ["dev.knative.apiserver.resource.update", "Secret", "nobody"],
  ["dev.knative.apiserver.resource.delete", "Event", "nobody"],
  ["dev.kedamedic.incident.opened.v1", "", "nobody"],
  ["dev.kedamedic.pods.ended.v1", "", "nobody"],
  ["com.example.anything", "", "nobody"],
];

function deliveryOf({ delivery }: Play): Delivery {
  if (delivery === undefined) throw new Error("this needs Knative Eventing itself");
  return delivery;
}

function must(holds: boolean, sentence: string): void {
  if (!holds) throw new Error(sentence);
}

const withId = (all: readonly Passed[], id: string): readonly Passed[] =>
  all.filter(({ headers }) => headers["ce-id"] === id);

/** Posts to the Broker; resolves with the event's id once it was accepted. */
async function publish(posted: Omit<Posted, "to">): Promise<string> {
  const id = `published-${randomUUID()}`;
  const headers = { "ce-id": id, ...posted.headers };
  const status = await postTo(brokerUrl, { to: "respond", ...posted, headers });
  must(status === 202, `the Broker's ingress answered ${status} to ${posted.type}, not 202`);
  return id;
}

/** The Broker answers before or after it has delivered, as its channel likes. */
async function until(what: string, holds: () => boolean, within: number): Promise<void> {
  const end = performance.now() + within;
  while (!holds()) {
    must(performance.now() < end, `waited ${within / 1000} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Every type reaches whom the Triggers name, once, and nobody else. */
async function routed(play: Play): Promise<void> {
  const { reached, deadLetters } = deliveryOf(play);
  const sent = await Promise.all(
    routes.map(async ([type, kind, to]) => {
      const headers: Record<string, string> = kind === "" ? {} : { "ce-kind": kind };
      return { type, kind, to, id: await publish({ type, data: {}, headers }) };
    }),
  );
  const got = (id: string): readonly string[] => receivers.flatMap((name) => withId(reached(name), id).map(() => name));
  await until("all events", () => sent.every(({ id, to }) => to === "nobody" || got(id).length > 0), 20_000);
  await play.pause(3000);
  for (const { type, kind, to, id } of sent)
    must(got(id).join() === (to === "nobody" ? "" : to), `${type} ${kind} went to ${got(id).join() || "nobody"}`);
  const lost = sent.filter(({ id }) => withId(deadLetters, id).length > 0);
  must(lost.length === 0, `dead letters: ${lost.map(({ type }) => type).join(", ")}`);
  play.note(`${sent.length} types went where the Triggers say`);
}

/** What the sender says arrives as it was, with the trace. */
async function unchanged(play: Play): Promise<void> {
  const { reached } = deliveryOf(play);
  const trace = randomUUID().replaceAll("-", "");
  const data = { apiVersion: "v1", kind: "Pod", name: "p", namespace: "keda", text: 'ä"\\' };
  const extensions = { "ce-kind": "Pod", "ce-name": "p", "ce-cluster": "processes", "ce-subject": "/apis/v1/x" };
  const headers = { ...extensions, traceparent: `00-${trace}-00f067aa0ba902b7-01` };
  const id = await publish({ type: "dev.knative.apiserver.ref.update", data, headers });
  await until("the event", () => withId(reached("respond"), id).length > 0, 20_000);
  const [passed] = withId(reached("respond"), id);
  must(passed?.status === 204, `respond answered ${passed?.status}`);
  must(passed?.body === JSON.stringify(data), "the data was changed on its way");
  for (const [name, value] of Object.entries(extensions))
    must(passed?.headers[name] === value, `${name} arrived as ${passed?.headers[name]}`);
  const parent = String(passed?.headers["traceparent"]);
  must(parent.split("-")[1] === trace, `the trace arrived as ${parent}`);
  must(passed?.headers["ce-knativearrivaltime"] !== undefined, "it did not come through the Broker");
}

const roles = "/apis/rbac.authorization.k8s.io/v1/namespaces/keda-medic/roles/keda-medic-incidents";

/** An event that is safe nowhere is repeated as the Trigger says, and then in the dead letter sink, whole. */
async function repeated(play: Play): Promise<void> {
  const { reached, deadLetters } = deliveryOf(play);
  const api = await adminOf(play.world);
  const { rules } = await api.get(roles);
  await api.patch(roles, { rules: [] });
  const data = {
    apiVersion: "v1",
    kind: "Secret",
    name: play.world.names.secret,
    namespace: play.world.names.namespace,
  };
  const headers = { "ce-kind": "Secret", "ce-name": data.name, "ce-namespace": data.namespace };
  let id = "";
  try {
    id = await publish({ type: "dev.knative.apiserver.ref.update", data, headers });
    await until("the dead letter", () => withId(deadLetters, id).length > 0, 60_000);
  } finally {
    await api.patch(roles, { rules });
    api.close();
  }
  const tries = withId(reached("respond"), id);
  const statuses = tries.map(({ status }) => status).join();
  must(statuses === "503,503,503,503,503,503", `respond answered ${statuses}`);
  const waits = tries.slice(1).map(({ at }, i) => at - (tries[i]?.at ?? 0));
  must(
    waits.every((wait, i) => wait >= 200 * 2 ** i),
    `repeated after ${waits.join(", ")} ms`,
  );
  const [dead, ...more] = withId(deadLetters, id);
  must(more.length === 0, "the dead letter came twice");
  must(dead?.body === JSON.stringify(data), "the dead letter is not the event");
  must(dead?.headers["ce-knativeerrorcode"] === "503", `its code is ${dead?.headers["ce-knativeerrorcode"]}`);
  play.note(`503 was repeated after ${waits.join(", ")} ms, then given up; ${dead?.headers["ce-knativeerrordata"]}`);
}

/** What will never be taken is not repeated. */
async function refused(play: Play): Promise<void> {
  const { reached, deadLetters } = deliveryOf(play);
  const headers = { "content-type": "image/png" };
  const id = await publish({ type: "dev.knative.apiserver.ref.update", data: {}, headers });
  await until("the dead letter", () => withId(deadLetters, id).length > 0, 20_000);
  const statuses = withId(reached("respond"), id).map(({ status }) => status);
  must(statuses.length === 1 && (statuses[0] ?? 0) < 500, `respond answered ${statuses.join()}`);
  play.note(`${statuses.join()} was not repeated`);
}

/** Since an instant: before it nobody may have been there to answer. */
const isFrom = (source: RegExp, since: number) => (passed: Passed) =>
  passed.at >= since && source.test(String(passed.headers["ce-source"]));

/** The sources' own events: KEDA's objects and Events through the Broker, the timer without it. */
async function fromSources(play: Play): Promise<void> {
  const { reached } = deliveryOf(play);
  const began = Date.now();
  await play.world.restartDeployment("metrics-apiserver");
  const fromApiServer = (): readonly Passed[] => reached("respond").filter(isFrom(/^https:/, began));
  const ticks = (): readonly Passed[] => reached("sweep").filter(isFrom(/pingsources/, began));
  const types = (): readonly string[] => fromApiServer().map(({ headers }) => String(headers["ce-type"]));
  const both = (): boolean => ["ref", "resource"].every((mode) => types().some((type) => type.includes(`.${mode}.`)));
  await until("events of both ApiServerSources", both, 60_000);
  await until("a tick of the PingSource", () => ticks().length > 0, 75_000);
  const wrong = [...fromApiServer(), ...ticks()].filter(({ status }) => status !== 204);
  must(wrong.length === 0, `${wrong.length} events of sources were answered ${wrong[0]?.status}`);
  play.note(`${fromApiServer().length} events of ApiServerSources, ${ticks().length} ticks`);
}

/** Knative's Broker over a channel in memory: ingress, channel, filter, and what each does with an answer. */
export const broker: Scenario = {
  name: "broker",
  title: "Knative's own Broker and sources deliver by the chart's Triggers, repeat 503, and give up into the sink",
  keda: "2.13.1",
  metricsApiservers: 1,
  eventing: "plain",
  takenRights: ["incidents", "installations"].map((resource) => `keda-medic-respond get ${resource}`),
  moves: async (play) => {
    deliveryOf(play);
    await routed(play);
    await unchanged(play);
    await refused(play);
    await repeated(play);
    await fromSources(play);
    await play.healthy();
  },
  expect: { healthy: true, rollouts: { "metrics-apiserver": 1 }, patches: 0 },
};

async function tokenOf(play: Play, account: string, audience: string): Promise<string> {
  const api = await adminOf(play.world);
  const [namespace, name] = account.split("/");
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  try {
    return (await api.create(path, { spec: { audiences: [audience], expirationSeconds: 3600 } })).status.token;
  } finally {
    api.close();
  }
}

const trigger = "keda-medic-respond-oidc-eventing.knative.dev-trigger";

/** Strangers at the function's door and at the Broker's. */
async function strangers(play: Play): Promise<void> {
  const event: Posted = { to: "respond", type: "dev.knative.apiserver.ref.update", data: {} };
  const shown = async (account: string, audience: string): Promise<Posted> => ({
    ...event,
    headers: { authorization: `Bearer ${await tokenOf(play, account, audience)}` },
  });
  const own = `keda-medic/${trigger}`;
  const nobody = "keda-medic/keda-medic-nobody";
  const brokers = "eventing.knative.dev/broker/keda-medic/keda-medic";
  const answers = [
    ["no token", event, respondUrl, 401],
    ["another audience", await shown(own, "somebody-else"), respondUrl, 401],
    ["a stranger", await shown(nobody, "keda-medic"), respondUrl, 403],
    ["restart's Trigger", await shown(own.replace("respond", "restart"), "keda-medic"), respondUrl, 403],
    ["its own Trigger", await shown(own, "keda-medic"), respondUrl, 204],
    ["no token, to the Broker", event, brokerUrl, 401],
    ["another namespace, to the Broker", await shown("keda/default", brokers), brokerUrl, 403],
    ["its own namespace, to the Broker", await shown(nobody, brokers), brokerUrl, 202],
  ] as const;
  const wrong: string[] = [];
  for (const [who, posted, url, wanted] of answers) {
    const status = await postTo(url, posted);
    if (status !== wanted) wrong.push(`${who}: answered ${status}, not ${wanted}`);
  }
  must(wrong.length === 0, wrong.join("; "));
  play.note("strangers got 401 and 403");
}

const subjectOf = ({ headers }: Passed): string => {
  const claims =
    String(headers["authorization"])
      .replace(/^Bearer /, "")
      .split(".")[1] ?? "";
  return claims === "" ? "nobody" : JSON.parse(Buffer.from(claims, "base64url").toString()).sub;
};

/** Who delivered what was taken: the Trigger's own account, with a token that Knative asked the API server for. */
function deliveredBy(play: Play, since: number): void {
  const { reached } = deliveryOf(play);
  for (const name of ["respond", "restart"] as const) {
    const throughBroker = reached(name).filter(({ headers }) => headers["ce-knativearrivaltime"] !== undefined);
    const taken = throughBroker.filter(({ at }) => at >= since);
    const subjects = new Set(taken.map(subjectOf));
    const wanted = `system:serviceaccount:keda-medic:${trigger.replace("respond", name)}`;
    must([...subjects].join() === wanted, `events for ${name} came from ${[...subjects].join() || "nobody"}`);
    // By the last answer: 409 is one to an event that is being worked on, and is repeated.
    const last = [...new Map(taken.map((passed) => [passed.headers["ce-id"], passed])).values()];
    const wrong = last.filter(({ status }) => status !== 204);
    must(wrong.length === 0, `${wrong.length} of ${last.length} events for ${name} were answered ${wrong[0]?.status}`);
  }
}

/** The whole incident with Knative's feature `authentication-oidc`: every hop shows a token, and every hop asks for one. */
export const brokerWithTokens: Scenario = {
  name: "broker-oidc",
  title: "the seed through Knative's own Broker with OIDC: every hop shows its token, strangers get 401 and 403",
  keda: "2.13.1",
  metricsApiservers: 2,
  eventing: "oidc",
  moves: async (play) => {
    deliveryOf(play);
    const began = Date.now();
    await strangers(play);
    await incident(play);
    await play.decided("MetricsApiserverStale");
    await play.healthy();
    await play.decided("Recovered");
    deliveredBy(play, began);
  },
  expect: healedOnce,
};
