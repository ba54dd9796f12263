import type { Evidence } from "../../src/core/evidence.ts";
import { judge } from "../builders/casefile.ts";
import type { Restarts } from "./situation.ts";

/** Somebody who decides by the evidence whom to restart, once. */
export interface Rule {
  readonly name: string;
  /** The rule in words, and who has it. */
  readonly words: string;
  readonly restarts: (evidence: Evidence) => Restarts;
}

const nobody: Restarts = [];
const metricsApiserver: Restarts = ["metrics-apiserver"];
const everything: Restarts = ["operator", "metrics-apiserver"];

/** The certificates in the Secret are not the ones of before. */
const secretChanged = ({ history }: Evidence): boolean => history.length > 0;

const logSaysX509 = ({ logs }: Evidence): boolean =>
  Object.values(logs).some((log) => log.seen && log.value.tlsFailure?.text.startsWith("x509: "));

const hpaFails = ({ hpas }: Evidence): boolean =>
  hpas.seen && hpas.value.hpas.some((hpa) => hpa.scalingActive === "False" && !hpa.idle);

function ours(evidence: Evidence): Restarts {
  const { decision } = judge({ evidence });
  return decision.kind === "restart" ? decision.targets.map((target) => target.component) : nobody;
}

export const kedaMedic: Rule = {
  name: "keda-medic",
  words: "diagnosis and decision of this repository, mode `act`, default policy",
  restarts: ours,
};

export const rules: readonly Rule[] = [
  kedaMedic,
  { name: "do nothing", words: "what KEDA up to 2.17.1 does by itself", restarts: () => nobody },
  {
    name: "Reloader",
    words: "restart every Deployment that mounts the Secret, on every change of it",
    restarts: (evidence) => (secretChanged(evidence) ? everything : nobody),
  },
  {
    name: "keda-olm-operator",
    words: "delete the metrics-apiserver's Pod on every change of the Secret",
    restarts: (evidence) => (secretChanged(evidence) ? metricsApiserver : nobody),
  },
  {
    name: "log says x509",
    words: "restart the metrics-apiserver when its log says x509",
    restarts: (evidence) => (logSaysX509(evidence) ? metricsApiserver : nobody),
  },
  {
    name: "HPA fails",
    words: "restart everything of KEDA when one of its HPAs fails",
    restarts: (evidence) => (hpaFails(evidence) ? everything : nobody),
  },
];
