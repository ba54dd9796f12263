import type { Incident } from "../../core/incident.ts";
import type { Log } from "../../ports/log.ts";
import type { Versioned } from "../../ports/store.ts";
import type { KubeClient } from "./client.ts";
import { byAge, incidents, type StoredObject } from "./documents.ts";
import { eachPage } from "./look.ts";
import { storeError } from "./storeError.ts";
import { documentPath } from "./storeWrite.ts";

interface Where {
  readonly client: KubeClient;
  readonly namespace: string;
  readonly log?: Log | undefined;
}

/**
 * The newest incidents. Read page by page with no more than `limit` and one page in hand, however many there are; the
 * API server cannot sort. Objects without a status are no documents yet. Throws StoreError.
 */
export async function listNewest(
  { client, namespace, log }: Where,
  limit: number,
  read: (object: StoredObject) => Versioned<Incident>,
): Promise<readonly Versioned<Incident>[]> {
  let newest: Versioned<Incident>[] = [];
  let unreadable = 0;
  const listed = await eachPage(client, { path: documentPath(namespace, incidents.resource) }, (items, first) => {
    if (first) {
      newest = [];
      unreadable = 0;
    }
    for (const object of items as readonly StoredObject[]) {
      if (object.status === undefined) continue;
      try {
        newest.push(read(object));
      } catch {
        unreadable += 1;
      }
    }
    newest = newest.sort(byAge).slice(0, limit);
  });
  if (!listed.seen) throw storeError({ ok: false, ...listed }, incidents);
  if (unreadable > 0) log?.warn("incidents that cannot be read are left out", { count: unreadable });
  if (listed.value.more) log?.warn("more than 10,000 incidents: the rest is not looked at", { namespace });
  return newest;
}
