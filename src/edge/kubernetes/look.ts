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
  return isKubeObject(object)
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

export const isKubeObject = (value: unknown): value is KubeObject =>
  typeof (value as { metadata?: { name?: unknown } } | undefined)?.metadata?.name === "string";

/** Asks for names, labels and versions only. No fallback to whole objects: a server that cannot answers 406. */
const partial = (kind: string): string => `application/json;as=${kind};g=meta.k8s.io;v=v1`;
const partialList = partial("PartialObjectMetadataList");
/** The same for the objects of a watch. */
export const partialObject = partial("PartialObjectMetadata");

export interface ListQuery {
  readonly path: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Ask for names, labels and versions only: the objects' content never leaves the API server. */
  readonly metadataOnly?: boolean;
  /** Objects at most; default as many as the pages hold. */
  readonly limit?: number;
}

const PAGE = 500;
const MOST_PAGES = 20;
/** Over all pages. */
const TIMEOUT: Duration = 10_000;

/** GETs a list page by page: at most 20 pages of 500. A list that expires between pages (410) is begun once more. */
export async function list(client: KubeClient, query: ListQuery): Promise<Seen<Page<KubeObject>>> {
  const items: KubeObject[] = [];
  const read = await eachPage(client, query, (page, first) => {
    if (first) items.length = 0;
    items.push(...page);
  });
  if (!read.seen) return read;
  const limit = query.limit ?? PAGE * MOST_PAGES;
  return sawAt({ items: items.slice(0, limit), more: read.value.more || items.length > limit }, read.at);
}

/** What to do with one page; `first` also where a list is begun once more: what was read before is void then. */
export type OnPage = (items: readonly KubeObject[], first: boolean) => void;

/** Where a list ended. */
export interface ListEnd {
  /** True when the list was cut at its limit. */
  readonly more: boolean;
  /** Of the list as a whole: where a watch may go on. */
  readonly resourceVersion: string;
}

/** As {@link list}, one page at a time: memory is bounded by a page. */
export async function eachPage(client: KubeClient, query: ListQuery, onPage: OnPage): Promise<Seen<ListEnd>> {
  const deadline = performance.now() + TIMEOUT;
  const first = await readPages(client, query, { deadline, onPage });
  const answer = first === "expired" ? await readPages(client, query, { deadline, onPage }) : first;
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

type Listed = Seen<ListEnd>;

async function readPages(
  client: KubeClient,
  query: ListQuery,
  { deadline, onPage }: { readonly deadline: number; readonly onPage: OnPage },
): Promise<Listed | "expired"> {
  const limit = query.limit ?? PAGE * MOST_PAGES;
  let read = 0;
  let next: string | undefined;
  let resourceVersion = "";
  let at = client.clock.now();
  for (let pages = 0; pages < MOST_PAGES && read < limit && next !== ""; pages++) {
    const page = await readPage(client, query, { size: limit - read, next, deadline });
    if (page === "expired" || !page.seen) return page;
    onPage(page.value.items, pages === 0);
    read += page.value.items.length;
    ({ next, resourceVersion } = page.value);
    at = page.at;
  }
  return sawAt({ more: next !== undefined && next !== "", resourceVersion }, at);
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
  readonly resourceVersion: string;
}

async function readPage(client: KubeClient, query: ListQuery, start: PageStart): Promise<Seen<RawPage> | "expired"> {
  const answer = await client.request({
    method: "GET",
    path: query.path,
    query: {
      labelSelector: query.labelSelector,
      fieldSelector: query.fieldSelector,
      limit: Math.min(PAGE, start.size),
      continue: start.next,
    },
    timeout: Math.min(left(start.deadline), 5000),
    ...(query.metadataOnly === true ? { accept: partialList } : {}),
  });
  if (!answer.ok) return answer.status === 410 && start.next !== undefined ? "expired" : missed(answer);
  const parsed = parse(answer.body) as
    | { items?: unknown; metadata?: { continue?: unknown; resourceVersion?: unknown } }
    | undefined;
  const items: unknown = parsed?.items;
  if (!Array.isArray(items) || !items.every(isKubeObject))
    return unseen("Malformed", `${query.path}: the answer is no list`);
  return sawAt(
    { items, next: asText(parsed?.metadata?.continue), resourceVersion: asText(parsed?.metadata?.resourceVersion) },
    answer.at,
  );
}

const asText = (value: unknown): string => (typeof value === "string" ? value : "");
