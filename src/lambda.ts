import { callersOf, clusterAccess, compose, type Role, settingsFor } from "./compose.ts";
import { type Config, parseConfig, readEnvironment } from "./edge/config.ts";
import { answerWithin, type LambdaHandler, lambdaHandlerFor } from "./edge/hosts/lambda/handler.ts";
import { onlyFrom } from "./edge/hosts/lambda/otherCluster.ts";
import { newReach, type Reach } from "./edge/tls/reach.ts";
import type { Settings } from "./flow/ports.ts";
import type { Log } from "./ports/log.ts";
import { makers } from "./roles.ts";

/** Everything that is wrong with the environment, in one error: init fails with it, and Lambda logs it. */
function configured(): Config {
  const parsed = parseConfig(readEnvironment());
  if (parsed.ok) return parsed.config;
  throw new Error(parsed.problems.map(({ variable, problem }) => `${variable}: ${problem}`).join("; "));
}

/** Why it only observes, in every decision. */
const heldWhile: Readonly<Record<ReturnType<Reach["state"]>, string | undefined>> = {
  untried:
    "Observing only, whatever the mode: no Pod of KEDA was dialled from here yet, so nobody knows whether the function's network reaches them.",
  unreachable:
    "Observing only, whatever the mode: no Pod of KEDA has answered at its own address from here, so the function is not in a network that reaches them.",
  reachable: undefined,
};

/** A function that cannot reach Pods would restart on what it cannot prove: it only observes, and says so. */
const heldBy =
  (reach: Reach): NonNullable<Settings["held"]> =>
  () =>
    heldWhile[reach.state()];

/** One line per invocation that looked and is held back: something that an alarm can count. */
function sayHeld(config: Config, reach: Reach, log: Log): void {
  if (config.policy.mode === "observe" || reach.state() !== "unreachable") return;
  log.warn("Pod addresses are not routable from here: nothing is restarted", {
    code: "PodsNotRoutable",
    mode: config.policy.mode,
  });
}

/**
 * One role as a Lambda handler. What every invocation needs is prepared here, in the unthrottled init; what is rare is
 * loaded when it is needed. Throws with a sentence when it cannot start; Lambda tries again at the next event.
 */
export async function lambdaHandler(role: Exclude<Role, "all" | "watch">): Promise<LambdaHandler> {
  const config = configured();
  const reach = newReach();
  const access = await clusterAccess(config, {});
  const { ports, client, tidy } = await compose(config, role, access, { watch: reach.watch });
  const { log } = ports;
  const settings: Settings = { ...settingsFor(config), answerWithin, held: heldBy(reach) };
  const roles = makers[role](ports, settings, tidy);
  const names = [access.clusterName, config.aws?.eks?.cluster].filter((name) => name !== undefined);
  return lambdaHandlerFor({
    handle: onlyFrom(names, roles.handle, log),
    sweep: roles.sweep,
    token: config.token,
    authorize: callersOf(config, client),
    log,
    end: async () => {
      sayHeld(config, reach, log);
      await ports.tracer.flush();
    },
  });
}
