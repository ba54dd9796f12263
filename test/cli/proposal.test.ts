import { afterEach, beforeEach, describe, expect, jest, test } from "@jest/globals";
import type { Connected } from "../../src/cli/cluster.ts";
import { proposalOf } from "../../src/cli/proposal.ts";
import { annotations } from "../../src/core/annotations.ts";
import { approvalHash } from "../../src/core/approval.ts";
import { formatInstant, minutes } from "../../src/core/instant.ts";
import type { Policy } from "../../src/core/policy.ts";
import { parseConfig } from "../../src/edge/config.ts";
import { Processes } from "../flow/processes.ts";
import { virtualTimers } from "../flow/virtualTime.ts";
import { World } from "../flow/world.ts";

beforeEach(virtualTimers);
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

const never = async (): Promise<boolean> => false;

/** A shell in which nobody has set a variable. */
function shell({ world, store }: Processes): Connected {
  const parsed = parseConfig({});
  if (!parsed.ok) throw new Error("an empty environment is a configuration");
  jest.spyOn(Date, "now").mockImplementation(() => world.now);
  const client = { close: () => {} } as Connected["client"];
  return { config: parsed.config, client, cluster: world, probe: world, store };
}

/** Approves as `approve` does, and gives the code of what was approved. */
async function approved(processes: Processes): Promise<string> {
  const { world } = processes;
  const incident = (await processes.incidents()).find(({ phase }) => phase !== "closed");
  if (incident === undefined) throw new Error("nothing is open");
  const { looked, decision } = await proposalOf(shell(processes), incident);
  const { name, generation } = incident;
  const hash = approvalHash({ incident: name, generation, targets: decision.targets, diagnosis: looked.diagnosis });
  for (const { component } of decision.targets)
    world.annotate(component, annotations.approved, `${hash} ${formatInstant(world.now)}`);
  return decision.code;
}

function stuck(): World {
  const world = new World();
  world.stuckFrom = world.now;
  return world;
}

describe("what an approval is for", () => {
  test.each<[string, () => World, Partial<Policy>]>([
    ["MetricsApiserverStale", World.metricsApiserverStale, {}],
    ["LatentMismatch", World.latent, { restartOnLatent: true }],
    ["GrpcStuckRestart", stuck, { restartOnStuckConnection: true }],
  ])("is what the installation proposes, whose policy no shell knows: %s", async (code, worldOf, policy) => {
    const processes = new Processes(worldOf(), { policy: { ...policy, mode: "approve" } });
    await processes.sweep();
    await processes.run(minutes(20), never);
    expect(processes.world.writes).toEqual([]);
    expect(await approved(processes)).toBe(code);
    await processes.run(minutes(20), never);
    expect(processes.world.restarts("metrics-apiserver")).toBe(1);
  });

  test.each<[string, () => World]>([
    ["LatentMismatch", World.latent],
    ["GrpcStuck", stuck],
  ])("is nothing where the installation's policy has the switch off: %s", async (code, worldOf) => {
    const processes = new Processes(worldOf(), { policy: { mode: "approve" } });
    await processes.sweep();
    await processes.run(minutes(20), never);
    await expect(approved(processes)).rejects.toMatchObject({
      exitCode: 30,
      message: expect.stringContaining(`no restart is proposed (${code})`),
    });
  });
});
