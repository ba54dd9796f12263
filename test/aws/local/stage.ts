import { execFile } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import {
  portForwardRules,
  readerRules,
  secretRules,
  writerRules,
  yamlNames,
} from "../../../src/edge/kubernetes/rbac.ts";
import { policyAt, timingAt } from "../../../src/sandbox/demo/timing.ts";
import { createWorld, type InProcessWorld } from "../../../src/sandbox/inProcessWorld.ts";
import { scalingActive } from "../../../src/sandbox/picture.ts";
import type { Role } from "../../../src/sandbox/world.ts";
import { root } from "../../build/build.ts";
import { type Amazon, startAmazon } from "./amazon.ts";
import { type Gateway, startGateway } from "./gateway.ts";
import type { Keys } from "./login.ts";

export const speed = 15;
export const cluster = "prod-eu1";
export const table = "keda-medic-dev";

/** As infra/aws/rbac.yaml grants them, with Role keda-medic-secret bound: nothing of ours is kept in the cluster. */
const looking = [readerRules(yamlNames), secretRules(yamlNames), portForwardRules];
const rules = { respond: looking, sweep: looking, restart: [...looking, writerRules(yamlNames)] };

/** A cluster with KEDA behind an EKS login, and what the functions use of AWS. */
export interface AwsStage {
  readonly world: InProcessWorld;
  readonly gateway: Gateway;
  readonly amazon: Amazon;
  /** Environment that Lambda or the caller would give, for keys of a role. */
  environment(role: Role): Readonly<Record<string, string>>;
  allSay(status: string): Promise<boolean>;
  /** The Secret is rotated, and then the operator is killed: every HPA fails. */
  incident(): Promise<void>;
  close(): Promise<void>;
}

const keysOf = (role: Role): Keys => ({
  accessKeyId: `AKIA${role.toUpperCase()}`,
  secretAccessKey: `secret of ${role}`,
});
const roles = ["respond", "restart", "sweep"] as const;
const run = promisify(execFile);

/** Makes dist/lambda, as `npm run package:aws` does first. */
export async function bundle(): Promise<void> {
  await run(process.execPath, [join(root, "scripts/packageAws.mjs"), "--bundles", "--param=cluster=x"], { cwd: root });
}

export async function openStage(): Promise<AwsStage> {
  const amazon = await startAmazon(table);
  const world = await createWorld({ timing: timingAt(speed), rules, medicCrds: false });
  const gateway = await startGateway({
    cluster,
    keys: roles.map(keysOf),
    account: (key) => world.kubeconfig(roles.find((role) => keysOf(role).accessKeyId === key) ?? "nobody"),
  });
  const allSay: AwsStage["allSay"] = async (status) =>
    (await world.hpas()).every((hpa) => scalingActive(hpa)?.status === status);
  return {
    world,
    gateway,
    amazon,
    allSay,
    environment: (role) => ({
      ...policyAt(speed),
      AWS_REGION: "eu-west-1",
      AWS_ACCESS_KEY_ID: keysOf(role).accessKeyId,
      AWS_SECRET_ACCESS_KEY: keysOf(role).secretAccessKey,
      AWS_ENDPOINT_URL: amazon.url,
    }),
    async incident() {
      await sleep(3000);
      await world.rotateSecret("selfSignedRekey");
      await sleep(6000);
      await world.oomKill("operator");
      await world.until("every HPA to fail", () => allSay("False"), 40_000);
    },
    async close() {
      await amazon.close();
      await gateway.close();
      await world.close();
    },
  };
}
