import type { Component } from "../../../src/core/evidence.ts";
import type { Loose } from "../api/client.ts";
import type { Expectation, Scenario } from "../scenarios/scenario.ts";
import { type Audited, audited, patchesOf } from "./audit.ts";
import type { Stage } from "./stage.ts";

const components: readonly Component[] = ["operator", "metrics-apiserver"];

/** Everything that is not as it must be, as sentences; empty when the scenario passed. */
export async function judge({ expect }: Scenario, stage: Stage): Promise<readonly string[]> {
  const requests = await audited(stage.world.cluster.controlPlane.auditLog);
  return [
    ...(await rollouts(expect, stage)),
    ...patches(expect, requests),
    ...decisions(expect, stage),
    ...(await ending(expect, stage)),
    ...(await rights(stage)),
    ...stage.witness.errors.map((text) => `a function wrote what is no log line: ${text}`),
  ];
}

const wantedRollouts = (expect: Expectation, component: Component): number => expect.rollouts?.[component] ?? 0;

async function rollouts(expect: Expectation, { world }: Stage): Promise<readonly string[]> {
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
  return [
    ...(done.length === wanted ? [] : [`keda-medic patched ${done.length} times, not ${wanted}`]),
    ...foreign.map(({ account }) => `${account} has patched`),
  ];
}

function decisions({ decided = [], never = [] }: Expectation, { witness }: Stage): readonly string[] {
  const codes = new Set(witness.decisions.map(({ code }) => code));
  const story = [...codes].join(", ");
  return [
    ...decided.filter((code) => !codes.has(code)).map((code) => `never decided ${code}, but ${story}`),
    ...never.filter((code) => codes.has(code)).map((code) => `decided ${code}`),
  ];
}

async function ending({ healthy, phase }: Expectation, { world }: Stage): Promise<readonly string[]> {
  const wrong: string[] = [];
  if (healthy !== undefined && (await world.healthy()) !== healthy)
    wrong.push(healthy ? "KEDA is not healthy" : "KEDA is healthy");
  if (phase !== undefined) {
    const newest = (await incidents(world.api)).at(-1);
    const is = newest?.status?.phase ?? "missing";
    if (is !== phase) wrong.push(`the newest incident is ${is}, not ${phase}`);
  }
  return wrong;
}

export async function incidents(api: Stage["world"]["api"]): Promise<readonly Loose[]> {
  const all = await api.list("/apis/kedamedic.dev/v1alpha1/namespaces/keda-medic/incidents");
  return all.sort((a, b) => String(a.spec.openedAt).localeCompare(String(b.spec.openedAt)));
}

/** respond may look and write incidents; KEDA it cannot touch. */
async function rights({ world }: Stage): Promise<readonly string[]> {
  const { token } = await world.kubeconfig("respond");
  const answer = await world.api.request({
    method: "PATCH",
    path: `/apis/apps/v1/namespaces/${world.names.namespace}/deployments/${world.names.metricsApiserver}`,
    contentType: "application/merge-patch+json",
    body: { metadata: { annotations: { touched: "true" } } },
    token,
  });
  return answer.status === 403 ? [] : [`respond's PATCH was answered ${answer.status}, not 403`];
}
