import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { decide } from "../../src/core/decide.ts";
import { diagnose } from "../../src/core/diagnose.ts";
import type { Evidence } from "../../src/core/evidence.ts";
import { pastGenerations, withGeneration } from "../../src/core/history.ts";
import { newInstallation } from "../../src/core/installation.ts";
import { defaultPolicy } from "../../src/core/policy.ts";
import { kubeClient } from "../../src/edge/kubernetes/client.ts";
import { kubeconfigAccess } from "../../src/edge/kubernetes/kubeconfig.ts";
import { clusterReader } from "../../src/edge/kubernetes/reader.ts";
import { snapshotProbe, snapshotReader } from "../../src/edge/recording/snapshot.ts";
import { directProbe } from "../../src/edge/tls/probe.ts";
import { gather } from "../../src/flow/gather.ts";
import { createWorld, type InProcessWorld } from "../../src/sandbox/inProcessWorld.ts";
import type { BenchResult } from "./intake.bench.ts";

const settings = { settings: { readSecret: true }, askRawMetric: false };

async function recorded(name: string): Promise<Evidence> {
  const file = fileURLToPath(new URL(`../fixtures/recordings/keda-2.13.1-self-signed/${name}.json`, import.meta.url));
  const content = JSON.parse(readFileSync(file, "utf8")) as { at: string };
  const snapshot = { name, at: Date.parse(content.at), content: { ...content } };
  return gather(
    { cluster: snapshotReader(snapshot), probe: snapshotProbe(snapshot), clock: { now: () => snapshot.at } },
    settings,
  );
}

const materialOf = (evidence: Evidence) =>
  evidence.material.seen && evidence.material.value.usable ? evidence.material.value.material : undefined;

/** The outage as recorded, with the generation before it on record: everything that judging can be given. */
async function fullEvidence() {
  const [before, failing] = [await recorded("2-latent"), await recorded("3-failing")];
  const healthy = await recorded("1-healthy");
  let installation = newInstallation("bench", 0);
  for (const evidence of [healthy, before, failing]) {
    const material = materialOf(evidence);
    if (material !== undefined) installation = withGeneration(installation, material, defaultPolicy, evidence.at);
  }
  return {
    installation,
    evidence: { ...failing, history: pastGenerations(installation, materialOf(failing)?.generation) },
  };
}

/** p99 of diagnose + decide on full evidence with parsed certificates, in milliseconds; the target is 1 ms. */
export async function coreBench(): Promise<BenchResult> {
  const { installation, evidence } = await fullEvidence();
  const samples: number[] = [];
  for (let i = 0; i < 6000; i += 1) {
    const began = performance.now();
    const diagnosis = diagnose(evidence, defaultPolicy);
    const decision = decide({ installation, incident: undefined, evidence }, diagnosis, defaultPolicy, evidence.at);
    const took = performance.now() - began;
    if (decision.kind !== "restart") throw new Error(`the bench judges something else: ${decision.code}`);
    if (i >= 1000) samples.push(took);
  }
  samples.sort((a, b) => a - b);
  const p99 = samples[Math.floor(samples.length * 0.99)] ?? 0;
  return {
    name: "core p99",
    ratio: p99,
    unit: "ms",
    samples,
    note: "diagnose + decide, full evidence, certificates parsed; a figure, not a ratio",
  };
}

function seedHpas(world: InProcessWorld, count: number): void {
  const [template] = world.objects.list("horizontalpodautoscalers");
  if (template === undefined) throw new Error("the world has no HPA");
  for (let i = world.objects.list("horizontalpodautoscalers").length; i < count; i += 1) {
    const { uid: _uid, resourceVersion: _version, ...metadata } = template.metadata;
    world.objects.put("horizontalpodautoscalers", {
      ...template,
      metadata: { ...metadata, name: `keda-hpa-seeded-${i}` },
    });
  }
}

interface Cost {
  readonly requests: number;
  readonly bytes: number;
  readonly complete: boolean;
}

async function costWith(hpas: number): Promise<Cost> {
  // One slow HPA controller: the seeded HPAs are data here, not load.
  const world = await createWorld({ speed: 1, timing: { hpaPeriod: 1000 } });
  try {
    world.clock.end();
    seedHpas(world, hpas);
    const clock = { now: () => Date.now() };
    const client = kubeClient(await kubeconfigAccess({ files: [(await world.kubeconfig("respond")).path], clock }), {
      clock,
    });
    const evidence = await gather({ cluster: clusterReader(client), probe: directProbe({ clock }), clock }, settings);
    const { requests, bytesRead } = client.stats;
    client.close();
    return { requests, bytes: bytesRead, complete: evidence.hpas.seen && evidence.hpas.value.complete };
  } finally {
    await world.close();
  }
}

/** Kubernetes requests of one diagnosis beside 10,000 HPAs and beside 10: the same, by a bounded sample. */
export async function requestsBench(): Promise<BenchResult> {
  const [few, many] = [await costWith(10), await costWith(10_000)];
  const note = `10 HPAs: ${few.requests} requests, ${few.bytes} bytes; 10,000 HPAs: ${many.requests} requests, ${many.bytes} bytes, ${many.complete ? "COMPLETE?" : "said to be a sample"}`;
  return {
    name: "requests per diagnosis",
    ratio: many.requests / few.requests,
    unit: "requests with 10,000 HPAs / with 10",
    samples: [few.requests, many.requests],
    note,
  };
}
