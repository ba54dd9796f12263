import { systemClock } from "../compose.ts";
import { decide } from "../core/decide.ts";
import type { Decision } from "../core/decision.ts";
import type { Diagnosis, Finding } from "../core/diagnosis.ts";
import type { Evidence } from "../core/evidence.ts";
import { advance } from "../core/evolve.ts";
import { type MissReason, seenValue } from "../core/seen.ts";
import { memoryStore } from "../edge/memory/store.ts";
import { gather } from "../flow/gather.ts";
import { judge, type Looked } from "../flow/look.ts";
import type { Settings } from "../flow/ports.ts";
import type { Arguments } from "./args.ts";
import { noPositionals, outputOf } from "./args.ts";
import { type Connected, connect } from "./cluster.ts";
import { exitOf } from "./exit.ts";
import { harmless, type Output, styled, wrapped } from "./output.ts";

const settingsOf = ({ config }: Connected): Settings => ({
  policy: config.policy,
  kedaNamespace: config.kedaNamespace,
  readSecret: config.readSecret,
  answerWithin: 60_000,
});

/**
 * The name by which the responder knows this cluster, which a kubeconfig may call otherwise: a cluster's own store holds
 * the records of one cluster only.
 */
async function recordedCluster({ store, cluster }: Connected, evidence: Evidence): Promise<string> {
  const namespace = seenValue(evidence.apiService)?.service.namespace;
  const recorded = (await store.listIncidents(50)).map(({ document }) => document.installation);
  const own = recorded.find((name) => namespace !== undefined && name.endsWith(`.${namespace}`));
  return own === undefined ? cluster.clusterName : own.slice(0, -`.${namespace}`.length);
}

/** What is on record helps (history, guards), but a diagnosis needs neither the CRD nor rights on it. */
async function judged(connected: Connected, evidence: Evidence): Promise<Looked> {
  const settings = settingsOf(connected);
  const looking = { settings, verifying: false, knownNamespace: settings.kedaNamespace };
  const { cluster, store } = connected;
  try {
    const known = { ...cluster, clusterName: await recordedCluster(connected, evidence) };
    return await judge({ cluster: known, clock: systemClock, store }, looking, evidence);
  } catch {
    return judge({ cluster, clock: systemClock, store: memoryStore() }, looking, evidence);
  }
}

export interface Diagnosed {
  readonly looked: Looked;
  readonly decision: Decision;
}

/** One look, not yet judged. */
export const gatherFrom = (connected: Connected): Promise<Evidence> =>
  gather(
    { cluster: connected.cluster, probe: connected.probe, clock: systemClock },
    { settings: settingsOf(connected), askRawMetric: false },
  );

/** One read-only look: gathered, judged with what is on record, decided. */
export async function diagnoseCluster(connected: Connected): Promise<Diagnosed> {
  const settings = settingsOf(connected);
  const evidence = await gatherFrom(connected);
  const looked = await judged(connected, evidence);
  const recorded = looked.loaded.incident?.document;
  const incident = recorded === undefined ? undefined : advance(recorded, looked.evidence);
  const file = { installation: looked.loaded.installation, incident, evidence: looked.evidence };
  return { looked, decision: decide(file, looked.diagnosis, settings.policy, systemClock.now()) };
}

/** What could not be seen, one sentence each. */
function notSeen(evidence: Evidence): readonly string[] {
  const singles = [
    evidence.apiService,
    evidence.layout,
    evidence.material,
    evidence.operator,
    evidence.metricsApiserver,
    evidence.lease,
    evidence.hpas,
    evidence.scaledObjects,
  ];
  const many = [evidence.operatorPresents, evidence.metricsApiserverPresents, evidence.logs].flatMap((r) =>
    Object.values(r),
  );
  const misses = [...singles, ...many].flatMap((s) => (s.seen || s.reason === "NotAsked" ? [] : [s.detail]));
  const sample = seenValue(evidence.hpas);
  const sampled =
    sample !== undefined && !sample.complete ? [`only ${sample.hpas.length} HPAs of KEDA were read: a sample`] : [];
  return [...new Set([...misses, ...sampled])];
}

const whereTo = "check that the API server runs, and that --kubeconfig and --context name the cluster you mean.";
const waysOut: Readonly<Partial<Record<MissReason, string>>> = {
  Unreachable: whereTo,
  Timeout: whereTo,
  Unauthorized: "log in again, or renew the token or certificate that the kubeconfig holds.",
  Forbidden: "ask for the right that the sentence names, or use an account that has it.",
};

/** What to do where we could not look at all; the diagnosis says only what failed. */
function wayOut({ apiService, layout, operator, metricsApiserver }: Evidence): string | undefined {
  const miss = [apiService, layout, operator, metricsApiserver].find((s) => !s.seen && waysOut[s.reason] !== undefined);
  return miss === undefined || miss.seen ? undefined : waysOut[miss.reason];
}

/** JSON of `diagnose`: schemas/diagnosis.schema.json. */
function diagnosisJson(cluster: string, { looked, decision }: Diagnosed): Readonly<Record<string, unknown>> {
  const { diagnosis, evidence, layout } = looked;
  return {
    installation: {
      name: looked.loaded.installation.name,
      cluster,
      ...(layout === undefined
        ? {}
        : {
            namespace: layout.namespace,
            operator: layout.operator,
            metricsApiserver: layout.metricsApiserver,
            secret: layout.secretName,
          }),
      ...(diagnosis.generation === undefined ? {} : { generation: diagnosis.generation }),
    },
    checks: diagnosis.checks,
    diagnosis: {
      code: diagnosis.code,
      sentence: diagnosis.sentence,
      permanentCure: diagnosis.permanentCure,
      ...(diagnosis.logged === undefined ? {} : { logged: diagnosis.logged }),
      ...(diagnosis.predicted === undefined ? {} : { predicted: diagnosis.predicted }),
    },
    decision: decisionJson(decision),
    notSeen: notSeen(evidence),
  };
}

export const decisionJson = ({ kind, code, sentence, targets }: Decision) => ({
  kind,
  code,
  sentence,
  targets: targets.map(({ namespace, name }) => ({ namespace, name })),
});

const marks: Readonly<Record<Finding["verdict"], readonly [string, "green" | "red" | "yellow" | "dim"]>> = {
  pass: ["ok  ", "green"],
  fail: ["FAIL", "red"],
  unknown: ["?   ", "yellow"],
  skipped: ["-   ", "dim"],
};

function checkLines(output: Output, diagnosis: Diagnosis): string {
  return diagnosis.checks
    .filter((c) => !c.sentence.startsWith("Not asked:"))
    .map(({ code, verdict, sentence, source }) => {
      const [mark, style] = marks[verdict];
      const text = wrapped(harmless(sentence), 7);
      return `  ${styled(output, style, mark)} ${styled(output, "bold", code)}\n       ${text}\n       ${styled(output, "dim", wrapped(source, 7))}`;
    })
    .join("\n");
}

const verbs: Readonly<Record<Decision["kind"], string>> = {
  none: "Would do nothing",
  restart: "Would restart",
  wait: "Would wait",
  refuse: "Would refuse to restart anything",
  escalate: "Would tell a person and restart nothing",
};

function section(output: Output, title: string, body: string): string {
  return body === "" ? "" : `\n${styled(output, "bold", title)}\n${body}\n`;
}

/** A person's pause, whatever is decided: who reads this must know that nothing will be done. */
function pauses({ operator, metricsApiserver }: Evidence): string {
  const paused = [seenValue(operator), seenValue(metricsApiserver)].flatMap((workload) =>
    workload?.pausedByPerson === undefined ? [] : [`  ${workload.name}: ${harmless(workload.pausedByPerson)}`],
  );
  return paused.join("\n");
}

/** The diagnosis as a person reads it. */
export function diagnosisText(output: Output, cluster: string, { looked, decision }: Diagnosed): string {
  const { diagnosis, evidence, layout } = looked;
  const targets = decision.targets.map((t) => `${t.namespace}/${t.name}`).join(", then ");
  const missed = notSeen(evidence).map((m) => `  ${wrapped(harmless(m), 2)}`);
  const where = layout === undefined ? cluster : `KEDA in ${cluster}, namespace ${layout.namespace}`;
  const would = `${verbs[decision.kind]}${targets === "" ? "" : ` ${targets}`} (${decision.code})`;
  return [
    styled(output, "bold", where),
    `\n${checkLines(output, diagnosis)}\n`,
    section(output, "Not seen", missed.join("\n")),
    section(output, "Paused by a person: keda-medic restarts none of these", pauses(evidence)),
    section(output, `Diagnosis: ${diagnosis.code}`, `  ${wrapped(harmless(diagnosis.sentence), 2)}`),
    section(
      output,
      would,
      decision.sentence === diagnosis.sentence ? "" : `  ${wrapped(harmless(decision.sentence), 2)}`,
    ),
    decision.sentence === diagnosis.sentence ? `\n${styled(output, "bold", would)}\n` : "",
    section(
      output,
      "For good",
      diagnosis.permanentCure === "" ? "" : `  ${wrapped(harmless(diagnosis.permanentCure), 2)}`,
    ),
    `\n${styled(output, "dim", `keda-medic explain ${diagnosis.code} tells more.`)}\n`,
  ].join("");
}

export async function diagnoseCommand(args: Arguments, output: Output): Promise<number> {
  noPositionals("diagnose", args);
  const as = outputOf(args);
  const connected = await connect(args);
  try {
    const diagnosed = await diagnoseCluster(connected);
    const cluster = connected.cluster.clusterName;
    output.write(
      as === "json"
        ? `${JSON.stringify(diagnosisJson(cluster, diagnosed), null, 2)}\n`
        : diagnosisText(output, cluster, diagnosed),
    );
    const { diagnosis, evidence } = diagnosed.looked;
    const toDo = diagnosis.disposition === "blind" ? wayOut(evidence) : undefined;
    if (toDo !== undefined) output.warn(`keda-medic: could not look: ${toDo}\n`);
    return exitOf[diagnosis.disposition];
  } finally {
    connected.client.close();
  }
}
