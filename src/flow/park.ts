import { newInstallation } from "../core/installation.ts";
import type { Instant } from "../core/instant.ts";
import { installationName, unresolvedNamespace } from "../core/names.ts";
import { codeOf } from "../core/thrown.ts";
import type { Ports, Settings } from "./ports.ts";
import type { KnownNames } from "./relevance.ts";

async function tryPark(ports: Pick<Ports, "store" | "clock">, name: string, at: Instant): Promise<boolean> {
  const loaded = await ports.store.loadInstallation(name);
  if (loaded?.document.dueAt !== undefined && loaded.document.dueAt <= at) return true;
  const now = ports.clock.now();
  const next = { ...(loaded?.document ?? newInstallation(name, now)), updatedAt: now, dueAt: at };
  return (await ports.store.saveInstallation(next, loaded?.version)).saved;
}

/** Leaves a due time for sweep: the event may be forgotten then. One write at most; false when the store failed. */
export async function park(
  ports: Pick<Ports, "store" | "clock" | "cluster" | "log">,
  settings: Settings,
  known: KnownNames | undefined,
  at: Instant,
): Promise<boolean> {
  const name = installationName(
    ports.cluster.clusterName,
    known?.namespace ?? settings.kedaNamespace ?? unresolvedNamespace,
  );
  try {
    return (await tryPark(ports, name, at)) || (await tryPark(ports, name, at));
  } catch (error) {
    ports.log.error("parking failed", {
      reason: codeOf(error) ?? "unknown",
    });
    return false;
  }
}
