import { replayPolicy } from "../../../src/cli/replay.ts";
import type { Component } from "../../../src/core/evidence.ts";
import { days } from "../../../src/core/instant.ts";
import { unseen } from "../../../src/core/seen.ts";
import { dynamoStore } from "../../../src/edge/dynamodb/store.ts";
import { answerWithin, type LambdaHandler, lambdaHandlerFor } from "../../../src/edge/hosts/lambda/handler.ts";
import { serve } from "../../../src/edge/hosts/node/server.ts";
import { kubeClient } from "../../../src/edge/kubernetes/client.ts";
import { kubernetesStore } from "../../../src/edge/kubernetes/store.ts";
import { noTracer } from "../../../src/edge/otel/tracer.ts";
import type { RecordedRequest, Recording } from "../../../src/edge/recording/folder.ts";
import { type ReplayedRestart, withRestarts } from "../../../src/edge/recording/overlay.ts";
import { type Snapshot, snapshotProbe, snapshotReader } from "../../../src/edge/recording/snapshot.ts";
import type { ActingPorts, Settings } from "../../../src/flow/ports.ts";
import type { OutgoingEvent } from "../../../src/ports/emitter.ts";
import type { LogFields } from "../../../src/ports/log.ts";
import type { Store } from "../../../src/ports/store.ts";
import { respondRole, sweepRole } from "../../../src/roles.ts";
import { region, type StandIn, startDynalite } from "../dynamodb/table.ts";
import { ask } from "../hosts/raw.ts";
import { fakeApi } from "../kubernetes/fakeApi.ts";
import { accessTo, serve as serveApi, wallClock } from "../kubernetes/server.ts";
import { asText, bus, functionUrl, queue, scheduled } from "./events.ts";

/** One decision, as the log has it and as every host must have it. */
export interface Verdict {
  readonly diagnosis: string;
  readonly decision: string;
  readonly code: string;
  readonly incident: string;
  readonly sentence: string;
}

/** What one event or one look came to; no verdict where it started nothing. */
export interface Step {
  readonly name: string;
  readonly verdicts: readonly Verdict[];
}

export interface Told {
  readonly steps: readonly Step[];
  readonly restarts: readonly string[];
  /** The incidents on record at the end, newest first. */
  readonly incidents: readonly unknown[];
}

/** A recorded cluster at one moment after the other, with a store of its own and everything that was decided. */
class RecordedWorld {
  now = 0;
  snapshot: Snapshot | undefined;
  readonly verdicts: Verdict[] = [];
  readonly restarts: ReplayedRestart[] = [];
  readonly ports: ActingPorts;

  constructor(store: Store, clusterName: string) {
    const current = () =>
      this.snapshot === undefined
        ? { name: "none", at: this.now, content: {} }
        : withRestarts(this.snapshot, this.restarts);
    const read = (name: string) => {
      const reader = { ...snapshotReader(current()), clusterName };
      const blind = this.snapshot === undefined && (name === "apiService" || name === "hpas");
      return blind ? async () => unseen("Unreachable", "nothing was recorded yet") : Reflect.get(reader, name);
    };
    this.ports = {
      clock: { now: () => this.now },
      cluster: new Proxy({} as ActingPorts["cluster"], { get: (_, name) => read(String(name)) }),
      writer: { restart: () => Promise.reject(new Error("never")), endPod: () => Promise.reject(new Error("never")) },
      probe: { probe: (target) => snapshotProbe(current()).probe(target) },
      store,
      emitter: { emit: (event) => this.#perform(event) },
      tracer: noTracer,
      log: { info: (sentence, fields) => this.#heard(sentence, fields), warn: () => {}, error: () => {} },
    };
  }

  #heard(sentence: string, fields: LogFields = {}): void {
    const { diagnosis, decision, code, incident } = fields;
    if (decision === undefined) return;
    this.verdicts.push({
      diagnosis: String(diagnosis),
      decision: String(decision),
      code: String(code),
      incident: String(incident ?? ""),
      sentence,
    });
  }

  /** What restart would have done: from now on the recording shows it. */
  async #perform({ type, subject, data }: OutgoingEvent): Promise<boolean> {
    if (!type.startsWith("dev.kedamedic.restart.requested")) return true;
    const { component, generation = "" } = data as { component?: Component; generation?: string };
    const incident = await this.ports.store.loadIncident(subject);
    const step = incident?.document.plan?.steps.find((s) => s.component === component);
    if (step !== undefined)
      this.restarts.push({ namespace: step.namespace, name: step.name, generation, at: this.now });
    return true;
  }
}

const cluster = "prod";
const settings: Settings = { policy: replayPolicy, readSecret: true, answerWithin };

/** One host, with the ways in which an event and a tick reach it. */
interface TestHost {
  event(request: RecordedRequest): Promise<unknown>;
  tick(): Promise<unknown>;
  close(): Promise<void>;
}

export interface HostKind {
  readonly name: string;
  start(world: RecordedWorld): Promise<TestHost>;
  store(): Promise<{ readonly store: Store; readonly close: () => Promise<void> }>;
}

/** Headers of a connection are the client's own. */
const posted = (headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(headers).filter(([name]) => !/^(host|connection|content-length|transfer-encoding)$/i.test(name)),
  );

const tickHeaders = {
  "content-type": "application/json",
  "ce-specversion": "1.0",
  "ce-source": "/apis/v1/namespaces/keda-medic/pingsources/sweep",
  "ce-type": "dev.knative.sources.ping",
};

/** As on Knative: both functions behind HTTP, incidents as objects of the cluster. */
const knative: HostKind = {
  name: "Knative",
  async store() {
    const server = await serveApi(fakeApi().handler);
    const client = kubeClient(accessTo(server), { clock: wallClock });
    const close = async (): Promise<void> => {
      client.close();
      await server.close();
    };
    return { store: kubernetesStore({ client, namespace: "keda-medic" }), close };
  },
  async start({ ports }) {
    const options = { host: "127.0.0.1", port: 0, log: ports.log };
    const respond = await serve({ ...options, handle: respondRole(ports, settings).handle });
    const sweep = await serve({ ...options, handle: sweepRole(ports, settings).handle });
    let ticks = 0;
    return {
      event: ({ headers, body }) => ask(respond.port, { headers: posted(headers), body }),
      tick: () => ask(sweep.port, { headers: { ...tickHeaders, "ce-id": String(++ticks) }, body: "{}" }),
      close: async () => {
        await respond.close(0);
        await sweep.close(0);
      },
    };
  },
};

/** As on Lambda: both functions by one way in, incidents in DynamoDB, ticks by a schedule. */
const lambda = (name: string, dynamo: StandIn, eventOf: (request: RecordedRequest) => unknown): HostKind => ({
  name: `Lambda, ${name}`,
  async store() {
    const table = await dynamo.table();
    const store = dynamoStore({ client: dynamo.client(), table, region, clock: wallClock, keepFor: days(365) });
    return { store, close: async () => {} };
  },
  async start({ ports }) {
    const end = async (): Promise<void> => {};
    const host = { log: ports.log, end };
    const respond: LambdaHandler = lambdaHandlerFor({ ...host, ...respondRole(ports, settings) });
    const sweep: LambdaHandler = lambdaHandlerFor({ ...host, ...sweepRole(ports, settings) });
    return { event: (request) => respond(eventOf(request)), tick: () => sweep(scheduled()), close: end };
  },
});

export interface Hosts {
  readonly kinds: readonly HostKind[];
  close(): Promise<void>;
}

/** Knative first: the others are compared with it. */
export async function startHosts(): Promise<Hosts> {
  const dynamo = await startDynalite();
  const kinds = [
    knative,
    lambda("function URL", dynamo, ({ headers, body }) => functionUrl({ headers, body })),
    lambda("SQS", dynamo, (request) => queue(asText(request) ?? "")),
    lambda("EventBridge", dynamo, (request) => bus(JSON.parse(asText(request) ?? ""))),
  ];
  return { kinds, close: () => dynamo.close() };
}

/** One story, told to one host by real requests or by the events of AWS. */
export async function tellTo(kind: HostKind, { requests, snapshots }: Recording): Promise<Told> {
  const { store, close } = await kind.store();
  const world = new RecordedWorld(store, cluster);
  const host = await kind.start(world);
  const steps: Step[] = [];
  const moments = [
    ...requests.map((request, i) => ({ at: request.at, name: `event ${i + 1}`, run: () => host.event(request) })),
    ...snapshots.map((snapshot) => ({
      at: snapshot.at,
      name: snapshot.name,
      run: () => {
        world.snapshot = snapshot;
        return host.tick();
      },
    })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, name, run } of moments) {
    world.now = at;
    const from = world.verdicts.length;
    await run();
    steps.push({ name, verdicts: world.verdicts.slice(from) });
  }
  const incidents = (await store.listIncidents()).map(({ document }) => document);
  await host.close();
  await close();
  return { steps, restarts: world.restarts.map(({ namespace, name }) => `${namespace}/${name}`), incidents };
}
