import { isOver, type Phase } from "../../core/incident.ts";
import { type Duration, hours, type Instant } from "../../core/instant.ts";
import type { ObjectMeta } from "../../ports/cluster.ts";
import type { Log } from "../../ports/log.ts";
import type { KubeClient } from "./client.ts";
import { incidents, type StoredObject } from "./documents.ts";
import { eachPage } from "./look.ts";
import { documentPath } from "./storeWrite.ts";

export interface Retention {
  readonly client: KubeClient;
  /** keda-medic's own. */
  readonly namespace: string;
  readonly log: Log;
  /** Incidents that ended longer ago than this are removed. */
  readonly keepFor: Duration;
  /** Deleted at most at a time; default 50. */
  readonly atMost?: number;
  /** Rest between two looks while there is nothing to remove; default an hour. */
  readonly every?: Duration;
}

const AT_MOST = 50;

const openPhases: ReadonlySet<string> = new Set<Phase>(["watching", "acting", "verifying", "escalated"]);

type Expired = Required<Pick<ObjectMeta, "name" | "uid" | "resourceVersion">>;

/**
 * Removes Incidents that are over, told and older than `keepFor`, and objects that never got a status. A little at a
 * time: one list an hour, or per call while there is more to remove. Never throws: what stays is removed another time.
 */
export function removeClosed(retention: Retention): () => Promise<number> {
  let nextAt: Instant = 0;
  return async () => {
    const now = retention.client.clock.now();
    if (now < nextAt) return 0;
    const expired = await findExpired(retention, now - retention.keepFor);
    const due = expired.slice(0, retention.atMost ?? AT_MOST);
    nextAt = due.length < expired.length ? 0 : now + (retention.every ?? hours(1));
    return removeAll(retention, due);
  };
}

async function removeAll(retention: Retention, due: readonly Expired[]): Promise<number> {
  let removed = 0;
  for (const object of due) if (await remove(retention, object)) removed += 1;
  if (removed > 0) retention.log.info("removed incidents that closed long ago", { count: removed });
  return removed;
}

async function findExpired(
  { client, namespace, log, atMost = AT_MOST }: Retention,
  before: Instant,
): Promise<Expired[]> {
  let found: Expired[] = [];
  const read = await eachPage(client, { path: documentPath(namespace, incidents.resource) }, (items, first) => {
    if (first) found = [];
    // One more than may be removed tells that there is more; the rest need not be remembered.
    for (const object of items as readonly StoredObject[])
      if (found.length <= atMost && isExpired(object, before)) found.push(named(object));
  });
  if (!read.seen) log.warn(`closed incidents are not looked for: ${read.detail}`);
  return found;
}

const named = ({ metadata }: StoredObject): Expired => {
  const { name, uid = "", resourceVersion = "" } = metadata as ObjectMeta;
  return { name, uid, resourceVersion };
};

/** Of one that nobody can read, written by hand or by another version: only an open phase keeps it for ever. */
const seemsOpen = ({ status }: StoredObject): boolean =>
  openPhases.has(String((status as { readonly phase?: unknown } | undefined)?.phase));

function isExpired(object: StoredObject, before: Instant): boolean {
  const { name, creationTimestamp = "" } = object.metadata as ObjectMeta;
  if (object.status === undefined) return Date.parse(creationTimestamp) < before;
  try {
    const incident = incidents.decode(name, object);
    return isOver(incident) && incident.effects.length === 0 && incident.updatedAt < before;
  } catch {
    return !seemsOpen(object) && Date.parse(creationTimestamp) < before;
  }
}

/** Only as it was read: one that was opened again meanwhile stays. */
async function remove(
  { client, namespace, log }: Retention,
  { name, uid, resourceVersion }: Expired,
): Promise<boolean> {
  const answer = await client.request({
    method: "DELETE",
    path: documentPath(namespace, incidents.resource, name),
    body: { apiVersion: "v1", kind: "DeleteOptions", preconditions: { uid, resourceVersion } },
  });
  if (!answer.ok && answer.status === 403) log.warn(`closed incidents are not removed: ${answer.detail}`);
  return answer.ok;
}
