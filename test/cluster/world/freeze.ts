import { open } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { type Audited, audited, patchesOf, readAudited } from "./audit.ts";
import { podsOf } from "./functionPods.ts";
import type { RealWorld } from "./realWorld.ts";

const restartAccount = "keda-medic-restart";
const patient = 300_000;

/** True once restart has read the Deployments: their UIDs are in its hands, its patch is still to come. */
const hasLooked = ({ account, verb, resource }: Audited): boolean =>
  account === restartAccount && verb === "list" && resource === "deployments";

/** Resolves at the next such request, within milliseconds: the API server writes its audit log before it answers. */
async function looked(path: string): Promise<void> {
  const file = await open(path);
  try {
    let offset = (await file.stat()).size;
    const end = performance.now() + patient;
    let rest = "";
    while (performance.now() < end) {
      const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(1 << 20), position: offset });
      offset += bytesRead;
      const lines = (rest + buffer.toString("utf8", 0, bytesRead)).split("\n");
      rest = lines.pop() ?? "";
      if (lines.flatMap(readAudited).some(hasLooked)) return;
      await sleep(2);
    }
  } finally {
    await file.close();
  }
  throw new Error("restart never looked");
}

/** Stops restart between its look and its patch, lets something happen, and lets it go on. */
export async function betweenLookAndPatch(world: RealWorld, during: () => Promise<void>): Promise<void> {
  const { auditLog } = world.cluster.controlPlane;
  const pods = await podsOf(world, "restart");
  const before = patchesOf(await audited(auditLog)).length;
  await looked(auditLog);
  for (const worker of pods) worker.container()?.freeze();
  try {
    await during();
  } finally {
    for (const worker of pods) worker.container()?.thaw();
  }
  if (patchesOf(await audited(auditLog)).length > before)
    throw new Error("restart was stopped too late: it had patched");
}
