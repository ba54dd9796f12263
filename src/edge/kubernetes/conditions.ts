import { type Incident, isOver, type Phase } from "../../core/incident.ts";
import { formatInstant } from "../../core/instant.ts";

/** A condition by the conventions of the Kubernetes API. For people and for `kubectl wait`: never read back. */
export interface IncidentCondition {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  /** CamelCase. */
  readonly reason: string;
  readonly message: string;
  /** RFC 3339: when `status` last changed. */
  readonly lastTransitionTime: string;
  /** `metadata.generation` that it was made for. */
  readonly observedGeneration: number;
}

type Judged = Pick<IncidentCondition, "type" | "status" | "reason" | "message">;

/** Conditions are shown in full by `kubectl describe`, and an object stays small. */
const longestMessage = 240;
const shortened = (text: string): string =>
  text.length > longestMessage ? `${text.slice(0, longestMessage - 3)}...` : text;

const capital = (phase: Phase): string => phase.charAt(0).toUpperCase() + phase.slice(1);

const isTrue = (holds: boolean): "True" | "False" => (holds ? "True" : "False");

const open = (incident: Incident): Judged => ({
  type: "Open",
  status: isTrue(!isOver(incident)),
  reason: capital(incident.phase),
  message: shortened(incident.decision?.sentence ?? ""),
});

const endings: Readonly<Record<NonNullable<Incident["outcome"]>["result"], readonly ["True" | "False", string]>> = {
  recovered: ["True", "Recovered"],
  recoveredWithoutUs: ["True", "RecoveredWithoutUs"],
  notRecovered: ["False", "NotRecovered"],
};

function recovered({ outcome, phase }: Incident): Judged {
  if (outcome === undefined) {
    const reason = phase === "verifying" ? "Verifying" : "NotYetKnown";
    return { type: "Recovered", status: "Unknown", reason, message: "" };
  }
  const [status, reason] = endings[outcome.result];
  return { type: "Recovered", status, reason, message: shortened(outcome.sentence) };
}

/** Nothing goes on before a person has looked. */
function attention(incident: Incident): Judged {
  const { decision, phase } = incident;
  const asked = phase === "escalated" || decision?.kind === "refuse" || decision?.kind === "escalate";
  const needed = !isOver(incident) && asked;
  const reason = needed ? (decision?.code ?? "Escalated") : "NothingToDo";
  return { type: "AttentionNeeded", status: isTrue(needed), reason, message: "" };
}

const pauses: readonly string[] = ["PausedByAnnotation", "PausedInPlan"];

/** Whether a person's pause is what stops a restart now. */
function paused({ decision }: Incident): Judged {
  const stopped = decision !== undefined && pauses.includes(decision.code);
  return { type: "Paused", status: isTrue(stopped), reason: stopped ? decision.code : "NotPaused", message: "" };
}

/** What was shown before, to carry on the times at which a status changed. */
export interface Shown {
  readonly conditions: readonly IncidentCondition[];
  /** `metadata.generation` of the object. */
  readonly generation: number;
}

/** Conditions of an incident. One whose status is as before keeps its time; another changed when the document did. */
export function conditionsOf(incident: Incident, before: Shown | undefined): readonly IncidentCondition[] {
  const at = formatInstant(incident.updatedAt);
  return [open, recovered, attention, paused].map((judge) => {
    const judged = judge(incident);
    const known = before?.conditions.find(({ type }) => type === judged.type);
    const lastTransitionTime = known?.status === judged.status ? known.lastTransitionTime : at;
    return { ...judged, lastTransitionTime, observedGeneration: before?.generation ?? 1 };
  });
}

const isCondition = (value: unknown): value is IncidentCondition => {
  const { type, status, lastTransitionTime } = (value ?? {}) as Partial<Record<keyof IncidentCondition, unknown>>;
  return typeof type === "string" && typeof status === "string" && typeof lastTransitionTime === "string";
};

/** The conditions that an object shows; what people made of them is left out. */
export function shownBy(object: { readonly metadata?: object; readonly status?: unknown } | undefined): Shown {
  const { conditions } = (object?.status ?? {}) as { readonly conditions?: unknown };
  const { generation } = (object?.metadata ?? {}) as { readonly generation?: unknown };
  return {
    conditions: Array.isArray(conditions) ? conditions.filter(isCondition) : [],
    generation: typeof generation === "number" ? generation : 1,
  };
}
