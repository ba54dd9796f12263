import {
  portForwardRules,
  readerRules,
  secretRules,
  storeReadRules,
  storeRules,
  writerRules,
  yamlNames,
} from "../../edge/kubernetes/rbac.ts";
import { createWorld, type InProcessWorld } from "../inProcessWorld.ts";
import type { Moment } from "../story.ts";
import type { Role } from "../world.ts";
import type { WorldOptions } from "../worldOptions.ts";
import { type Broker, createBroker, type Passed } from "./broker.ts";
import { type FunctionProcess, type LogLine, startFunction } from "./process.ts";
import { startTicker } from "./ticker.ts";
import { policyAt, sweepEvery, timingAt } from "./timing.ts";
import { subscribe } from "./triggers.ts";

export interface StageOptions {
  readonly speed: number;
  readonly world: WorldOptions;
  readonly onMoment: (moment: Moment) => void;
  readonly onEvent: (event: Passed) => void;
  readonly onLog: (role: string, line: LogLine) => void;
}

/** A world with KEDA in it, keda-medic's three functions beside it, a broker and a timer between them. */
export interface Stage {
  readonly world: InProcessWorld;
  close(): Promise<void>;
}

/** Each function has exactly the rights that infra/ grants it. */
const looking = [readerRules(yamlNames), secretRules(yamlNames), portForwardRules];
const rules = {
  respond: [...looking, storeRules],
  restart: [...looking, storeReadRules, writerRules(yamlNames)],
  sweep: [...looking, storeRules],
};

const environment = async (
  world: InProcessWorld,
  role: Role,
  broker: Broker,
  speed: number,
): Promise<Record<string, string>> => ({
  ...policyAt(speed),
  KUBECONFIG: (await world.kubeconfig(role)).path,
  KEDA_MEDIC_CLUSTER: "demo",
  KEDA_MEDIC_NAMESPACE: "keda-medic",
  K_SINK: broker.url,
});

async function startAll(
  world: InProcessWorld,
  broker: Broker,
  options: StageOptions,
): Promise<readonly FunctionProcess[]> {
  const roles = ["respond", "restart", "sweep"] as const;
  return Promise.all(
    roles.map(async (role) =>
      startFunction({ role, env: await environment(world, role, broker, options.speed), onLog: options.onLog }),
    ),
  );
}

export async function openStage(options: StageOptions): Promise<Stage> {
  const broker = await createBroker(options.onEvent);
  const world = await createWorld({
    ...options.world,
    timing: { ...timingAt(options.speed), ...options.world.timing },
    rules,
  });
  const stopTelling = world.onMoment(options.onMoment);
  const functions = await startAll(world, broker, options);
  const [respond, restart, sweep] = functions;
  if (respond === undefined || restart === undefined || sweep === undefined)
    throw new Error("a function did not start");
  subscribe(broker, (name) => ({ respond, restart })[name].url);
  world.events.sendTo(broker.url);
  const stopTicking = startTicker(sweep.url, sweepEvery(options.speed));
  return {
    world,
    close: async () => {
      stopTicking();
      stopTelling();
      await Promise.all(functions.map((f) => f.end()));
      await world.close();
      await broker.close();
    },
  };
}
