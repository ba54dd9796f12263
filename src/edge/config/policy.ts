import { days, hours, minutes, seconds } from "../../core/instant.ts";
import { defaultPolicy, type MaintenanceWindow, modes, type Policy } from "../../core/policy.ts";
import { writeDuration } from "./duration.ts";
import {
  countBetween,
  durationBetween,
  flag,
  oneOf,
  type Parse,
  type Parsed,
  type Problem,
  type Reader,
} from "./read.ts";

type Numbers = { [K in keyof Policy]-?: Policy[K] extends number ? K : never }[keyof Policy];

/** One variable per number of the policy, with the range in which it still makes sense. */
export const policyNumbers: Readonly<Record<Numbers, readonly [variable: string, parse: Parse<number>]>> = {
  waitDeadline: ["KEDA_MEDIC_WAIT_DEADLINE", durationBetween(minutes(1), days(1))],
  reloadDeadline: ["KEDA_MEDIC_RELOAD_DEADLINE", durationBetween(minutes(1), days(1))],
  propagation: ["KEDA_MEDIC_PROPAGATION", durationBetween(seconds(10), hours(1))],
  operatorSettle: ["KEDA_MEDIC_OPERATOR_SETTLE", durationBetween(seconds(10), hours(1))],
  hopASettle: ["KEDA_MEDIC_HOP_A_SETTLE", durationBetween(seconds(10), hours(1))],
  // Below 144 s a broken gRPC connection would look healed between two attempts.
  symptomFresh: ["KEDA_MEDIC_SYMPTOM_FRESH", durationBetween(seconds(150), hours(1))],
  stuckAfter: ["KEDA_MEDIC_STUCK_AFTER", durationBetween(minutes(3), days(1))],
  stuckCoolDown: ["KEDA_MEDIC_STUCK_COOL_DOWN", durationBetween(hours(1), days(30))],
  restartsPerHour: ["KEDA_MEDIC_RESTARTS_PER_HOUR", countBetween(1, 15)],
  coolDown: ["KEDA_MEDIC_COOL_DOWN", durationBetween(minutes(1), days(1))],
  stormGenerations: ["KEDA_MEDIC_STORM_GENERATIONS", countBetween(2, 100)],
  stormWindow: ["KEDA_MEDIC_STORM_WINDOW", durationBetween(minutes(1), days(1))],
  // Below 4 min a restart that did help would be called a failure: see the default's reckoning.
  verifyFor: ["KEDA_MEDIC_VERIFY_FOR", durationBetween(minutes(4), hours(1))],
  verifyTwice: ["KEDA_MEDIC_VERIFY_TWICE", durationBetween(seconds(1), minutes(2))],
  clockSkew: ["KEDA_MEDIC_CLOCK_SKEW", durationBetween(0, minutes(1))],
  approvalValid: ["KEDA_MEDIC_APPROVAL_VALID", durationBetween(minutes(1), days(1))],
  effectRetry: ["KEDA_MEDIC_EFFECT_RETRY", durationBetween(seconds(5), hours(1))],
  coalesce: ["KEDA_MEDIC_COALESCE", durationBetween(seconds(1), minutes(5))],
};

function minuteOfDay(text: string): number | undefined {
  const [, hour, minute] = /^(\d\d):([0-5]\d)$/.exec(text) ?? [];
  const total = Number(hour) * 60 + Number(minute);
  return total <= 24 * 60 ? total : undefined;
}

/** `22:00-04:00`, in UTC. */
function parseWindow(text: string): Parsed<MaintenanceWindow> {
  const [from, to, ...more] = text.split("-").map((side) => minuteOfDay(side.trim()));
  if (from === undefined || to === undefined || more.length > 0 || from % 1440 === to % 1440) {
    return { problem: "must be two different times of day in UTC, such as 22:00-04:00; unset it to allow any time" };
  }
  return { value: { from, to } };
}

/** The policy as the variables say; what is unset or wrong stays at its default. */
export function readPolicy(reader: Reader): Policy {
  const numbers = Object.entries(policyNumbers).map(([name, [variable, parse]]) => [
    name,
    reader.read(variable, parse),
  ]);
  const maintenanceWindow = reader.read("KEDA_MEDIC_MAINTENANCE_WINDOW", parseWindow);
  return {
    ...defaultPolicy,
    ...Object.fromEntries(numbers.filter(([, value]) => value !== undefined)),
    mode: reader.read("KEDA_MEDIC_MODE", oneOf(modes)) ?? defaultPolicy.mode,
    restartOnLatent: reader.read("KEDA_MEDIC_RESTART_ON_LATENT", flag) ?? defaultPolicy.restartOnLatent,
    restartOnStuckConnection:
      reader.read("KEDA_MEDIC_RESTART_ON_STUCK_CONNECTION", flag) ?? defaultPolicy.restartOnStuckConnection,
    endStalePodsEarly: reader.read("KEDA_MEDIC_END_STALE_PODS_EARLY", flag) ?? defaultPolicy.endStalePodsEarly,
    ...(maintenanceWindow === undefined ? {} : { maintenanceWindow }),
  };
}

/** Numbers that are fine alone and senseless together. */
export function contradictions(policy: Policy): readonly Problem[] {
  const shorter = (["propagation", "operatorSettle", "hopASettle"] as const).filter(
    (name) => policy[name] >= policy.waitDeadline,
  );
  return shorter.map((name) => ({
    variable: policyNumbers.waitDeadline[0],
    problem: `must be longer than ${policyNumbers[name][0]} (${writeDuration(policy[name])}): every wait would end in an escalation`,
  }));
}
