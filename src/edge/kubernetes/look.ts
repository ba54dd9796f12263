import type { Duration } from "../../core/instant.ts";
import { type Seen, sawAt, type Unseen, unseen } from "../../core/seen.ts";
import type { KubeObject, Page } from "../../ports/cluster.ts";
import type { KubeClient } from "./client.ts";
import type { Refusal } from "./refusal.ts";
import { left } from "./retry.ts";

/** A refusal as a look that gave nothing. */
export const missed = (refusal: Refusal): Unseen => unseen(refusal.reason, refusal.detail);

/** GETs one object. */
export async function lookUp(client: KubeClient, path: string): Promise<Seen<KubeObject>> {
  const answer = await client.request({ method: "GET", path });
  if (!answer.ok) return missed(answer);
  const object = parse(answer.body);
  return isObject(object)
    ? sawAt(object, answer.at)
    : unseen("Malformed", `${path}: the answer is no Kubernetes object`);
}

/** What a body says as JSON; undefined when it is none. */
export function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"));
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is KubeObject =>
  typeof (value as { metadata?: { name?: unknown } } | undefined)?.metadata?.name === "string";

export interface ListQuery {
  readonly path: string;
  readonly labelSelector?: string;
  /** Objects at most; default as many as the pages hold. */
  readonly limit?: number;
}

const PAGE = 500;
const MOST_PAGES = 20;
/** Over all pages. */
const TIMEOUT: Duration = 10_000;

/** GETs a list page by page: at most 20 pages of 500. A list that expires between pages (410) is begun once more. */
export async function list(client: KubeClient, query: ListQuery): Promise<Seen<Page<KubeObject>>> {
  const deadline = performance.now() + TIMEOUT;
  const first = await readPages(client, query, deadline);
  const answer = first === "expired" ? await readPages(client, query, deadline) : first;
  return answer === "expired"
    ? unseen("Unreachable", `${query.path}: the list expired twice while it was read`)
    : answer;
}

/** All of a list: one that had to be cut is as good as not seen. */
export async function listWhole(client: KubeClient, path: string): Promise<Seen<readonly KubeObject[]>> {
  const page = await list(client, { path });
  if (!page.seen) return page;
  if (page.value.more) return unseen("Malformed", `${path}: more than ${PAGE * MOST_PAGES} objects`);
  return sawAt(page.value.items, page.at);
}

type Listed = Seen<Page<KubeObject>>;

async function readPages(client: KubeClient, query: ListQuery, deadline: number): Promise<Listed | "expired"> {
  const limit = query.limit ?? PAGE * MOST_PAGES;
  const items: KubeObject[] = [];
  let next: string | undefined;
  let at = client.clock.now();
  for (let pages = 0; pages < MOST_PAGES && items.length < limit && next !== ""; pages++) {
    const page = await readPage(client, query, { size: limit - items.length, next, deadline });
    if (page === "expired" || !page.seen) return page;
    items.push(...page.value.items);
    next = page.value.next;
    at = page.at;
  }
  const more = (next !== undefined && next !== "") || items.length > limit;
  return sawAt({ items: items.slice(0, limit), more }, at);
}

interface PageStart {
  readonly size: number;
  /** `continue` of the page before; undefined for the first. */
  readonly next: string | undefined;
  readonly deadline: number;
}

interface RawPage {
  readonly items: readonly KubeObject[];
  /** Empty on the last page. */
  readonly next: string;
}

async function readPage(client: KubeClient, query: ListQuery, start: PageStart): Promise<Seen<RawPage> | "expired"> {
  const answer = await client.request({
    method: "GET",
    path: query.path,
    query: { labelSelector: query.labelSelector, limit: Math.min(PAGE, start.size), continue: start.next },
    timeout: Math.min(left(start.deadline), 5000),
  });
  if (!answer.ok) return answer.status === 410 && start.next !== undefined ? "expired" : missed(answer);
  const parsed = parse(answer.body) as { items?: unknown; metadata?: { continue?: unknown } } | undefined;
  const items: unknown = parsed?.items;
  if (!Array.isArray(items) || !items.every(isObject))
    return unseen("Malformed", `${query.path}: the answer is no list`);
  const next = parsed?.metadata?.continue;
  return sawAt({ items, next: typeof next === "string" ? next : "" }, answer.at);
}
