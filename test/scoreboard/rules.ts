import type { Decision } from "../../src/core/decision.ts";
import type { Evidence } from "../../src/core/evidence.ts";
import type { Policy } from "../../src/core/policy.ts";
import { type Given, installation, judge, opened, policy } from "../builders/casefile.ts";
import { killedAt } from "../builders/evidence.ts";
import { step } from "../builders/plans.ts";
import type { Restarts } from "./situation.ts";

/** Somebody who decides by the evidence whom to restart, once. */
export interface Rule {
  readonly name: string;
  /** The rule in words, and who has it. */
  readonly words: string;
  readonly restarts: (evidence: Evidence) => Restarts;
  /** For those who look at symptoms and so look again: whom they restart when it fails after what they have done. */
  readonly again?: (evidence: Evidence, done: Restarts) => Restarts;
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

const sides = ({ kind, targets }: Decision): Restarts =>
  kind === "restart" ? targets.map((target) => target.component) : nobody;

/** Our record after a plan that was carried out ten minutes ago. */
function onRecord({ material }: Evidence, done: Restarts): Pick<Given, "incident" | "installation"> {
  const generation = material.seen && material.value.usable ? material.value.material.generation : "";
  const plan = { cause: "ExpiredInMemory", reservedAt: killedAt, evidenceHash: "0".repeat(64) };
  const steps = done.map((component) => step(component, { state: "performed", performedAt: killedAt }));
  return {
    incident: opened({ generation, phase: "verifying", plan: { ...plan, steps }, failedHpas: ["shop/keda-hpa-web"] }),
    installation: installation({
      reservations: [{ generation, components: done, cause: plan.cause, at: killedAt }],
    }),
  };
}

const ours = (more: Partial<Policy>): Pick<Rule, "restarts" | "again"> => ({
  restarts: (evidence) => sides(judge({ evidence, policy: policy(more) }).decision),
  again: (evidence, done) => sides(judge({ evidence, policy: policy(more), ...onRecord(evidence, done) }).decision),
});

export const kedaMedic: Rule = {
  name: "keda-medic",
  words: "diagnosis and decision of this repository, mode `act`, default policy",
  ...ours({}),
};

export const kedaMedicUnsticking: Rule = {
  name: "keda-medic, unsticking",
  words: "the same with policy `restartOnStuckConnection`, which is off by default",
  ...ours({ restartOnStuckConnection: true }),
};

export const rules: readonly Rule[] = [
  kedaMedic,
  kedaMedicUnsticking,
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
    again: (evidence) => (logSaysX509(evidence) ? metricsApiserver : nobody),
  },
  {
    name: "HPA fails",
    words: "restart everything of KEDA when one of its HPAs fails",
    restarts: (evidence) => (hpaFails(evidence) ? everything : nobody),
    again: (evidence) => (hpaFails(evidence) ? everything : nobody),
  },
];
