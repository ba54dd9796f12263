import { readCertificates } from "../core/certificate/certificate.ts";
import type { Evidence, Layout, PodFacts, Presented, RawMetric, WorkloadFacts } from "../core/evidence.ts";
import { mapSeen, type Seen, sawAt, seenValue, unseen } from "../core/seen.ts";
import type { ProbedChain } from "../ports/probe.ts";
import { type LookPorts, workload } from "./find.ts";
import { lookAtMaterial } from "./material.ts";
import type { Settings } from "./ports.ts";
import { readLease } from "./read/apiService.ts";
import { readHpa, readScaledObject } from "./read/hpa.ts";
import { asString } from "./read/json.ts";
import { adapterWords, kedaContainer } from "./read/layout.ts";
import { readHopBLog } from "./read/logs.ts";
import { type Resolution, resolve } from "./resolve.ts";

export interface Question {
  readonly settings: Pick<Settings, "kedaNamespace" | "readSecret">;
  /** Ask for one raw external metric: only while verifying. */
  readonly askRawMetric: boolean;
}

const leaseName = "operator.keda.sh";
const mostHpas = 100;
/** A timed-out request of KEDA < 2.15 logs 76 lines of panic; limitBytes cuts the newest lines, so it must exceed the tail. */
const logLines = 2000;
const logBytes = 1024 * 1024;

const notAsked = (why: string) => unseen("NotAsked", why);

const blank = (now: number, apiService: Evidence["apiService"], layout: Evidence["layout"]): Evidence => ({
  at: now,
  apiService,
  layout,
  material: notAsked("KEDA was not resolved"),
  issuance: notAsked("KEDA was not resolved"),
  operator: notAsked("KEDA was not resolved"),
  metricsApiserver: notAsked("KEDA was not resolved"),
  lease: notAsked("KEDA was not resolved"),
  operatorPresents: {},
  metricsApiserverPresents: {},
  logs: {},
  hpas: notAsked("KEDA was not resolved"),
  scaledObjects: notAsked("not needed"),
  rawMetric: notAsked("only asked while verifying"),
  history: [],
});

function presented(probed: Seen<ProbedChain>): Seen<Presented> {
  if (!probed.seen) return probed;
  const read = readCertificates(probed.value.chain.join("\n"));
  const leaf = read.ok ? read.certificates[0] : undefined;
  return leaf === undefined || !read.ok
    ? unseen("Malformed", "the peer sent no readable certificate")
    : sawAt({ leaf, chain: read.certificates }, probed.at);
}

async function byPod<T>(
  pods: readonly PodFacts[],
  look: (pod: PodFacts) => Promise<Seen<T>>,
): Promise<Readonly<Record<string, Seen<T>>>> {
  const alive = pods.filter((pod) => !pod.deleting && pod.startedAt !== undefined);
  return Object.fromEntries(await Promise.all(alive.map(async (pod) => [pod.name, await look(pod)] as const)));
}

const probePods = ({ probe }: LookPorts, layout: Layout, pods: readonly PodFacts[], port: number) =>
  byPod(pods, async (pod) => {
    const serverName = port === layout.dialPort ? layout.dialName : layout.serviceName;
    return presented(await probe.probe({ namespace: layout.namespace, pod: pod.name, ip: pod.ip, port, serverName }));
  });

const readLogs = (
  { cluster }: LookPorts,
  layout: Layout,
  workloadSeen: Seen<WorkloadFacts>,
  container: string | undefined,
) =>
  byPod(seenValue(workloadSeen)?.pods ?? [], async (pod) => {
    const query = {
      namespace: layout.namespace,
      pod: pod.name,
      tailLines: logLines,
      limitBytes: logBytes,
      ...(container === undefined ? {} : { container }),
    };
    return mapSeen(await cluster.logs(query), (text) => readHopBLog(text, layout.dialPort));
  });

/** ScaledObjects are read only in namespaces of failing HPAs, at most three: Ready ones beside a 504 speak for hop B, others name the fault of hop C. */
async function scaledObjects({ cluster }: LookPorts, hpas: Evidence["hpas"]): Promise<Evidence["scaledObjects"]> {
  const failing = (seenValue(hpas)?.hpas ?? []).filter((h) => h.failure === "Scaler" || h.failure === "Timeout");
  const namespaces = [...new Set(failing.map((h) => h.namespace))].slice(0, 3);
  if (namespaces.length === 0) return notAsked("no HPA fails that a ScaledObject could explain");
  const lists = await Promise.all(namespaces.map((ns) => cluster.scaledObjects(ns)));
  const seen = lists.filter((list) => list.seen);
  const [first] = seen;
  if (first === undefined) return lists.find((list) => !list.seen) ?? notAsked("no namespace was asked");
  return sawAt(
    seen.flatMap((list) => list.value.map(readScaledObject)),
    first.at,
  );
}

/** Of an HPA that fails for no reason of its own: what another one's source says is no word about hop B. */
async function rawMetric({ cluster }: LookPorts, hpas: Evidence["hpas"], asked: boolean): Promise<Seen<RawMetric>> {
  if (!asked) return notAsked("only asked while verifying");
  const hpa = (seenValue(hpas)?.hpas ?? []).find(
    (h) =>
      !h.idle &&
      h.metric !== undefined &&
      h.scaledObject !== undefined &&
      (h.failure === undefined || h.failure === "Timeout"),
  );
  if (hpa?.metric === undefined || hpa.scaledObject === undefined) return notAsked("no HPA of KEDA is active");
  const metric = `${hpa.namespace}/${hpa.metric}`;
  return mapSeen(await cluster.externalMetric(hpa.namespace, hpa.metric, hpa.scaledObject), ({ status, detail }) => ({
    metric,
    answered: status === 200,
    detail,
  }));
}

async function hpaSample({ cluster }: LookPorts): Promise<Evidence["hpas"]> {
  return mapSeen(await cluster.hpas(mostHpas), (page) => ({ hpas: page.items.map(readHpa), complete: !page.more }));
}

/** When the last look-up ended; the clock decides only where nothing was seen. */
function lastLook({ clock }: LookPorts, looks: readonly Seen<unknown>[]): number {
  const ends = looks.flatMap((l) => (l.seen ? [l.at] : []));
  return ends.length === 0 ? clock.now() : Math.max(...ends);
}

const metricsApiserverPort = 6443;

/**
 * Looks at the cluster as it is now and fills Evidence; the only place that does. Everything that could not be seen
 * carries its reason. Judging starts after the last look.
 */
export async function gather(ports: LookPorts, { settings, askRawMetric }: Question): Promise<Evidence> {
  const [{ apiService, layout, isOurs, keda }, hpas] = await Promise.all([
    resolve(ports, settings.kedaNamespace),
    hpaSample(ports),
  ]);
  const nothing = blank(ports.clock.now(), apiService, layout);
  if (keda === undefined) return isOurs ? { ...nothing, hpas } : nothing;
  return detailed(ports, { apiService, layout, hpas, keda, question: { settings, askRawMetric } });
}

interface Resolved extends Pick<Evidence, "apiService" | "layout" | "hpas"> {
  readonly keda: NonNullable<Resolution["keda"]>;
  readonly question: Question;
}

async function detailed(ports: LookPorts, { apiService, layout, hpas, keda, question }: Resolved): Promise<Evidence> {
  const { objects, layout: resolved } = keda;
  const operator = workload("operator", objects.found.operator, objects.pods);
  const metricsApiserver = workload("metrics-apiserver", objects.found.metricsApiserver, objects.pods);
  const container = asString(kedaContainer(objects.found.metricsApiserver, adapterWords)?.["name"]);
  const [read, lease, operatorPresents, metricsApiserverPresents, logs, scaled, raw] = await Promise.all([
    lookAtMaterial(ports, resolved, question.settings.readSecret),
    ports.cluster.lease(resolved.namespace, leaseName),
    probePods(ports, resolved, seenValue(operator)?.pods ?? [], resolved.dialPort),
    probePods(ports, resolved, seenValue(metricsApiserver)?.pods ?? [], metricsApiserverPort),
    readLogs(ports, resolved, metricsApiserver, container),
    scaledObjects(ports, hpas),
    rawMetric(ports, hpas, question.askRawMetric),
  ]);
  const at = lastLook(ports, [apiService, operator, metricsApiserver, lease, hpas, ...Object.values(logs)]);
  return {
    at,
    apiService,
    layout,
    material: read.material,
    issuance: read.issuance,
    operator,
    metricsApiserver,
    lease: mapSeen(lease, readLease),
    operatorPresents,
    metricsApiserverPresents,
    logs,
    hpas,
    scaledObjects: scaled,
    rawMetric: raw,
    history: [],
  };
}
