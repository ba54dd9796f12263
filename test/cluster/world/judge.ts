import { setTimeout as sleep } from "node:timers/promises";
import { type Component, components } from "../../../src/core/evidence.ts";
import type { World } from "../../../src/sandbox/world.ts";
import type { Api, Loose } from "../api/client.ts";
import type { Expectation, Scenario } from "../scenarios/scenario.ts";
import { type Audited, conflictsOf, patchesOf } from "./audit.ts";
import { isHealthy } from "./picture.ts";
import { storyMissing, type Told, tellsTooMuch } from "./trace.ts";
import type { Witness } from "./witness.ts";

/** What is judged, on whichever world it was played. */
export interface Judged {
  readonly world: World;
  readonly witness: Witness;
  /** An administrator's client. */
  readonly api: Api;
  /** Requests of keda-medic's accounts. */
  requests(): Promise<readonly Audited[]>;
  /** What keda-medic's functions sent to their collector; undefined where they have none. */
  readonly told?: () => Told;
  /** A killed function takes its last spans with it. */
  readonly killed?: () => boolean;
  /** Incidents that are not kept in the cluster. */
  readonly incidents?: () => Promise<readonly Loose[]>;
  /** A token of respond, where it has no account in the cluster. */
  readonly respondToken?: () => string;
}

/** Everything that is not as it must be, as sentences; empty when the scenario passed. */
export async function judge({ expect }: Scenario, stage: Judged): Promise<readonly string[]> {
  const requests = await stage.requests();
  return [
    ...(await rollouts(expect, stage)),
    ...patches(expect, requests),
    ...decisions(expect, stage),
    ...(await ending(expect, stage)),
    ...(await rights(stage)),
    ...(await traces(expect, stage)),
    ...stage.witness.errors.map((text) => `a function wrote what is no log line: ${text}`),
  ];
}

const wantedRollouts = (expect: Expectation, component: Component): number => expect.rollouts?.[component] ?? 0;

async function rollouts(expect: Expectation, { world }: Judged): Promise<readonly string[]> {
  const wrong: string[] = [];
  for (const component of components) {
    const [wanted, is] = [wantedRollouts(expect, component), await world.rollouts(component)];
    if (is !== wanted) wrong.push(`${component} was rolled out ${is} times, not ${wanted}`);
  }
  return wrong;
}

function patches(expect: Expectation, requests: readonly Audited[]): readonly string[] {
  const wanted = expect.patches ?? components.reduce((sum, component) => sum + wantedRollouts(expect, component), 0);
  const done = patchesOf(requests);
  const foreign = done.filter(({ account }) => account !== "keda-medic-restart");
  const refused = conflictsOf(requests);
  return [
    ...(done.length === wanted ? [] : [`keda-medic patched ${done.length} times, not ${wanted}`]),
    ...(refused.length === (expect.refusedPatches ?? refused.length)
      ? []
      : [`${refused.length} patches were refused as conflicts, not ${expect.refusedPatches}`]),
    ...foreign.map(({ account }) => `${account} has patched`),
  ];
}

function decisions({ decided = [], never = [] }: Expectation, { witness }: Judged): readonly string[] {
  const codes = new Set(witness.decisions.map(({ code }) => code));
  const story = [...codes].join(", ");
  return [
    ...decided.filter((code) => !codes.has(code)).map((code) => `never decided ${code}, but ${story}`),
    ...never.filter((code) => codes.has(code)).map((code) => `decided ${code}`),
  ];
}

async function ending({ healthy, phase }: Expectation, stage: Judged): Promise<readonly string[]> {
  const wrong: string[] = [];
  if (healthy !== undefined && (await isHealthy(stage.world)) !== healthy)
    wrong.push(healthy ? "KEDA is not healthy" : "KEDA is healthy");
  if (phase !== undefined) {
    const newest = (await incidents(stage)).at(-1);
    const is = newest?.status?.phase ?? "missing";
    if (is !== phase) wrong.push(`the newest incident is ${is}, not ${phase}`);
  }
  return wrong;
}

/** Oldest first. */
export async function incidents({
  api,
  incidents: elsewhere,
}: Pick<Judged, "api" | "incidents">): Promise<readonly Loose[]> {
  if (elsewhere !== undefined) return elsewhere();
  const all = await api.list("/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents");
  return all.sort((a, b) => String(a.spec.openedAt).localeCompare(String(b.spec.openedAt)));
}

/** respond may look and write incidents; KEDA it cannot touch. */
async function rights({ world, api, respondToken }: Judged): Promise<readonly string[]> {
  const token = respondToken?.() ?? (await world.kubeconfig("respond")).token;
  const answer = await api.request({
    method: "PATCH",
    path: `/apis/apps/v1/namespaces/${world.names.namespace}/deployments/${world.names.metricsApiserver}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { annotations: { touched: "true" } } },
    token,
  });
  return answer.status === 403 ? [] : [`respond's PATCH was answered ${answer.status}, not 403`];
}

/** Longer than the exporter's own rhythm. */
const sentWithin = 3000;

/** The trace of a healed incident tells its story, and no trace tells what it must not. */
async function traces({ phase }: Expectation, stage: Judged): Promise<readonly string[]> {
  const { told, killed, api, world } = stage;
  if (told === undefined) return [];
  await sleep(sentWithin);
  const { namespace, secret } = world.names;
  const { data } = await api.get(`/api/v1/namespaces/${namespace}/secrets/${secret}`);
  const pem = Buffer.from(data["tls.key"], "base64").toString();
  const secrets = [data["tls.key"], ...pem.split("\n").filter((line) => line.length === 64)];
  const newest = (await incidents(stage)).at(-1);
  const healed = phase === "recovered" && killed?.() !== true;
  return [
    ...(healed ? storyMissing(told(), newest?.metadata.name ?? "none") : []),
    ...tellsTooMuch(told(), secrets),
  ].map((sentence) => `traces: ${sentence}`);
}
