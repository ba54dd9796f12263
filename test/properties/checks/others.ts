import type { EndEntry, Entry, Patch } from "../ledger.ts";
import { marksOf, ownMarks } from "../model/writes.ts";
import { apart, type History, type Rule } from "./invariant.ts";
import { generationOf, incidentOf, isSecondStep, onRecord } from "./plan.ts";

const sameDecision = ({ ledger }: History): readonly string[] =>
  ledger.of("order").flatMap(({ same, detail }) => (same ? [] : [`another order, another decision:\n${detail}`]));

/** The plan was on record, asked for and not over, written by those who decide, before the cluster was touched. */
function recorded(history: History): readonly string[] {
  return history.ledger.patches().flatMap((patch) => {
    const record = onRecord(history, patch);
    const step = record?.incident.plan?.steps.find((s) => s.component === patch.component);
    if (record === undefined || step === undefined) return [`restarted ${patch.component} with no plan on record`];
    if (record.by === "restart") return ["the plan was written by restart itself"];
    if (record.incident.generation !== generationOf(patch)) return ["restarted for another generation than the plan's"];
    return step.state === "reserved" ? [`restarted ${patch.component} before it was its turn`] : [];
  });
}

function reserved(history: History): readonly string[] {
  return history.ledger.patches().flatMap((patch) => {
    const before = history.ledger.entries.slice(0, history.ledger.entries.indexOf(patch));
    const granted = before.some(
      (e) =>
        e.kind === "installation" &&
        e.installation.reservations.some(
          (r) => r.generation === generationOf(patch) && r.components.includes(patch.component),
        ),
    );
    return granted ? [] : [`restarted ${patch.component} without a reservation`];
  });
}

const valid = 60 * 60_000;

function isApproval(entry: Entry, patch: Patch, history: History): boolean {
  if (entry.kind !== "approval" || entry.incident !== incidentOf(patch)) return false;
  const right = entry.variant === "good" || entry.variant === "half" || entry.variant === "early";
  const age = patch.clock - entry.given;
  const inTime = age <= valid + apart(history) && age >= -5000 - apart(history);
  const cause = onRecord(history, patch)?.incident.plan?.cause;
  return (
    right && inTime && entry.components.includes(patch.component) && (cause === undefined || cause === entry.cause)
  );
}

/** Half of an approval is none, unless the other half was given at another time. */
function approvedBy(history: History, patch: Patch): boolean {
  const before = history.ledger.entries.slice(0, history.ledger.entries.indexOf(patch));
  const all = before.filter((e) => isApproval(e, patch, history));
  const whole = all.some((e) => e.kind === "approval" && e.variant !== "half");
  return whole && before.some((e) => isApproval(e, patch, history));
}

function approved(history: History): readonly string[] {
  return history.ledger.patches().flatMap((patch) => {
    if (patch.policy.mode !== "approve" || isSecondStep(history, patch)) return [];
    return approvedBy(history, patch) ? [] : [`restarted ${patch.component} in mode approve without a valid approval`];
  });
}

/** Where nobody has read the key, only somebody who runs with it, or a person, can vouch for it. */
function keyVouched(history: History): readonly string[] {
  if (history.setting.readSecret) return [];
  return history.ledger.patches().flatMap((patch) => {
    const shown = patch.truth.keyShown || patch.look?.truth.keyShown === true;
    const fine = shown || isSecondStep(history, patch) || approvedBy(history, patch);
    return fine ? [] : [`restarted ${patch.component} although nobody has proved that the Secret's key fits`];
  });
}

const noKey = ({ ledger }: History): readonly string[] =>
  ledger.of("leak").map(({ where }) => `key material in ${where}`);
const secretUnread = ({ ledger }: History): readonly string[] =>
  ledger.of("secretRead").length > 0 ? ["read the Secret although it was told not to"] : [];

function onlyOurMarks({ ledger }: History): readonly string[] {
  return ledger.of("patch").flatMap(({ call, by }) => {
    const body = call.body as {
      readonly metadata?: object;
      readonly spec?: { readonly template?: { readonly metadata?: object } };
    };
    const foreign = Object.keys(marksOf(call)).filter((key) => !ownMarks.includes(key));
    const shapes = [
      Object.keys(body),
      Object.keys(body.spec ?? {}),
      Object.keys(body.spec?.template ?? {}),
      Object.keys(body.spec?.template?.metadata ?? {}),
    ];
    const asMeant =
      JSON.stringify(shapes.map((keys) => [...keys].sort())) ===
      JSON.stringify([["metadata", "spec"], ["template"], ["metadata"], ["annotations"]]);
    const guard = Object.keys(body.metadata ?? {}).every((key) => key === "uid" || key === "resourceVersion");
    return foreign.length > 0 || !asMeant || !guard || by !== "restart"
      ? [`a patch by ${by} that is more than our marks: ${JSON.stringify(body)}`]
      : [];
  });
}

/** The plans that named this Pod as one of a side that must go: when, and for what. */
function naming({ ledger }: History, end: EndEntry): readonly { readonly at: number; readonly cause: string }[] {
  const before = ledger.entries.slice(0, ledger.entries.indexOf(end as Entry));
  return before.flatMap((e) => {
    const plan = e.kind === "incident" ? e.incident.plan : undefined;
    const named = plan?.steps.some((s) => s.stalePods?.some(({ uid }) => uid === end.pod?.uid));
    return plan !== undefined && named === true ? [{ at: e.at, cause: plan.cause }] : [];
  });
}

function endedWrongly(history: History, end: EndEntry): readonly string[] {
  const { pod, look } = end;
  if (pod === undefined) return [];
  if (!pod.leaving) return ["ended a Pod that was not on its way out"];
  const plans = naming(history, end);
  if (plans.length === 0) return ["ended a Pod that no plan on record names"];
  // A stuck connection has nothing to do with what is held; a container that ends by itself loads the Secret on the way out.
  const excused = plans.some(({ at, cause }) => cause === "GrpcStuckRestart" || pod.startedAt > at);
  if (!pod.stale && !excused) return ["ended a Pod that held what the Secret holds"];
  // A replacement that is killed between look and write is nobody's fault.
  const wasReplaced = look !== undefined && !look.truth.workloads[pod.component].rolling;
  return pod.replaced || wasReplaced ? [] : ["ended a Pod before its replacements were Ready"];
}

function endedPods(history: History): readonly string[] {
  return history.ledger.of("endPod").flatMap((end) => {
    if (!end.policy.endStalePodsEarly || end.policy.mode === "observe")
      return ["asked to end a Pod although the policy does not let it"];
    return end.landed ? endedWrongly(history, end) : [];
  });
}

const neverThrows = ({ ledger }: History): readonly string[] =>
  ledger.of("threw").map(({ by, error }) => `${by} threw ${error}`);

/** Looking and telling cost a bounded number of writes, however many events there are. */
function boundedRecords({ ledger }: History): readonly string[] {
  const sizes = ledger.entries.flatMap((e) => (e.kind === "incident" ? [JSON.stringify(e.incident).length] : []));
  return sizes.some((size) => size > 4096) ? ["an incident of more than 4 KB"] : [];
}

export const otherRules: readonly Rule[] = [
  { of: "I4", rule: "same facts in any order with any duplicates, same decision", broken: sameDecision },
  { of: "I6", rule: "on record before it is done, and never by an event alone", broken: recorded },
  { of: "I6", rule: "reserved before it is done", broken: reserved },
  { of: "I6", rule: "mode approve waits for a valid approval", broken: approved },
  { of: "I6", rule: "an unproved key waits for a person", broken: keyVouched },
  { of: "I7", rule: "no key in records, events, logs and traces", broken: noKey },
  { of: "I7", rule: "the Secret is not read when it need not be", broken: secretUnread },
  { of: "I8", rule: "a patch is our three marks and nothing else, by restart only", broken: onlyOurMarks },
  { of: "I8", rule: "only stale Pods on their way out are ended early, by policy", broken: endedPods },
  { of: "I8", rule: "no process ends by an error", broken: neverThrows },
  { of: "I8", rule: "documents stay small", broken: boundedRecords },
];
