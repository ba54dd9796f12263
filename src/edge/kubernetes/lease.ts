import type { Duration } from "../../core/instant.ts";
import type { Log } from "../../ports/log.ts";
import type { KubeClient } from "./client.ts";
import { parse } from "./look.ts";
import { microTime } from "./microTime.ts";
import { kubePath } from "./path.ts";
import type { Refusal } from "./refusal.ts";
import { pauseAfter, sleepUnless } from "./watch/backoff.ts";

export interface ElectionTiming {
  /** Others wait this long after the last change that they saw before they take over. */
  readonly leaseDuration: Duration;
  /** A leader that could not renew for this long stops. Must be shorter. */
  readonly renewDeadline: Duration;
  readonly retryPeriod: Duration;
}

/** Twice client-go's: what depends on it is a look that may be late by half a minute. */
const usualTiming: ElectionTiming = { leaseDuration: 30_000, renewDeadline: 20_000, retryPeriod: 5_000 };

export interface ElectionOptions {
  readonly client: KubeClient;
  /** keda-medic's own. */
  readonly namespace: string;
  /** Name of the Lease. */
  readonly name: string;
  /** Unique among all processes that ever run. */
  readonly identity: string;
  readonly log: Log;
  readonly timing?: ElectionTiming;
  /** Called when we lead; the signal aborts at once when we no longer do. */
  readonly lead: (signal: AbortSignal) => void;
}

export interface Election {
  /** Stops leading and gives the Lease back, so that another one need not wait. */
  stop(): Promise<void>;
}

interface LeaseSpec {
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

interface LeaseObject {
  readonly metadata: { readonly resourceVersion: string };
  readonly spec?: LeaseSpec;
}

/**
 * Leader election over a Lease, as client-go does it: another's clock is never read. A Lease is expired when we have not
 * seen it change for its duration, by our own monotonic clock. Who watches and who sweeps is a matter of thrift: two
 * leaders at once only look twice, because every act is a compare-and-swap in the store and in the cluster.
 *
 * The Lease is made and taken away by whoever installs us, never by us. Where it has been missing for its duration,
 * everybody leads until it is there.
 */
export function leaderElection(options: ElectionOptions): Election {
  const election = new Elector(options);
  const running = election.run();
  return {
    async stop() {
      election.end();
      await running;
      await election.release();
    },
  };
}

class Elector {
  readonly #options: ElectionOptions;
  readonly #timing: ElectionTiming;
  readonly #ended = new AbortController();
  #observed: { readonly lease: LeaseObject; readonly at: number } | undefined;
  /** Since when no Lease is there, by our own monotonic clock. */
  #missingSince: number | undefined;
  #term: AbortController | undefined;
  #deadline: NodeJS.Timeout | undefined;
  #told = "";

  constructor(options: ElectionOptions) {
    this.#options = options;
    this.#timing = options.timing ?? usualTiming;
  }

  get #leading(): boolean {
    return this.#term !== undefined;
  }

  get #isAnothers(): boolean {
    const holder = this.#observed?.lease.spec?.holderIdentity;
    return holder !== undefined && holder !== this.#options.identity;
  }

  async run(): Promise<void> {
    const { signal } = this.#ended;
    while (!signal.aborted) {
      const sentAt = performance.now();
      const held = await this.#tryOnce(sentAt);
      if (signal.aborted) return;
      if (held) this.#won(sentAt);
      else if (this.#isAnothers) this.#lost("another process holds it");
      await this.#pause();
    }
  }

  /** Stops leading at once. */
  end(): void {
    this.#ended.abort();
    this.#lost("this process ends");
  }

  async release(): Promise<void> {
    const lease = this.#observed?.lease;
    if (lease?.spec?.holderIdentity !== this.#options.identity) return;
    const spec = { ...lease.spec, holderIdentity: "", leaseDurationSeconds: 1, renewTime: microNow() };
    await this.#put(lease, spec, 2_000);
  }

  #won(sentAt: number): void {
    // From when we asked, not from when we were answered: the others count from the write in between.
    const left = this.#timing.renewDeadline - (performance.now() - sentAt);
    clearTimeout(this.#deadline);
    this.#deadline = setTimeout(() => this.#lost("the Lease could not be renewed in time"), Math.max(0, left));
    if (this.#leading) return;
    const { log, lead, name } = this.#options;
    const term = new AbortController();
    this.#term = term;
    if (this.#missingSince === undefined) this.#told = "";
    log.info("leading: this process watches and sweeps", { lease: name });
    lead(term.signal);
  }

  #lost(why: string): void {
    clearTimeout(this.#deadline);
    if (this.#term === undefined) return;
    this.#options.log.warn(`no longer leading: ${why}`, { lease: this.#options.name });
    this.#term.abort();
    this.#term = undefined;
  }

  #pause(): Promise<void> {
    const longest = this.#timing.retryPeriod * 1.3;
    return sleepUnless(pauseAfter(0, { first: longest, longest }), this.#ended.signal);
  }

  /** True when the Lease is ours now. */
  async #tryOnce(now: number): Promise<boolean> {
    // A leader whose Lease is as it wrote it need not read it first.
    if (this.#leading && this.#observed !== undefined && (await this.#renew(this.#observed.lease))) return true;
    const lease = await this.#read();
    if (lease === undefined) return false;
    if (lease === "none") return this.#leadsWithout(now);
    this.#missingSince = undefined;
    this.#observe(lease, now);
    return this.#mayTake(lease, now) && this.#take(lease);
  }

  /** Somebody must watch. A leader goes on; the others wait as long as its last renewal may hold. */
  #leadsWithout(now: number): boolean {
    this.#observed = undefined;
    this.#missingSince ??= now;
    if (now - this.#missingSince < this.#timing.leaseDuration) return this.#leading;
    this.#say("there is none of that name, so every replica watches and sweeps: create it as the installation does");
    return true;
  }

  #observe(lease: LeaseObject, now: number): void {
    if (this.#observed?.lease.metadata.resourceVersion === lease.metadata.resourceVersion) return;
    this.#observed = { lease, at: now };
  }

  #mayTake({ spec }: LeaseObject, now: number): boolean {
    const { identity } = this.#options;
    if (!spec?.holderIdentity || spec.holderIdentity === identity) return true;
    const seconds = spec.leaseDurationSeconds ?? 0;
    const duration = Math.max(this.#timing.leaseDuration, seconds * 1000);
    return this.#observed !== undefined && now > this.#observed.at + duration;
  }

  #take(lease: LeaseObject): Promise<boolean> {
    const { identity } = this.#options;
    const { holderIdentity, leaseTransitions = 0 } = lease.spec ?? {};
    if (holderIdentity === identity) return this.#renew(lease);
    return this.#hold(lease, { acquireTime: microNow(), leaseTransitions: leaseTransitions + 1 });
  }

  #renew(lease: LeaseObject): Promise<boolean> {
    return this.#hold(lease, lease.spec ?? {});
  }

  #hold(lease: LeaseObject, spec: LeaseSpec): Promise<boolean> {
    return this.#put(lease, this.#own(spec), this.#patience);
  }

  #own(spec: LeaseSpec): LeaseSpec {
    const { leaseDuration } = this.#timing;
    const renewTime = microNow();
    return {
      acquireTime: renewTime,
      leaseTransitions: 0,
      ...spec,
      holderIdentity: this.#options.identity,
      leaseDurationSeconds: Math.max(1, Math.ceil(leaseDuration / 1000)),
      renewTime,
    };
  }

  get #path(): string {
    const { namespace, name } = this.#options;
    return kubePath("apis", "coordination.k8s.io", "v1", "namespaces", namespace, "leases", name);
  }

  async #read(): Promise<LeaseObject | "none" | undefined> {
    const { client } = this.#options;
    const answer = await client.request({ method: "GET", path: this.#path, retries: 0, timeout: this.#patience });
    if (answer.ok) return parse(answer.body) as LeaseObject | undefined;
    if (answer.status === 404) return "none";
    this.#tell(answer);
    return undefined;
  }

  async #put(lease: LeaseObject, spec: LeaseSpec, timeout: Duration): Promise<boolean> {
    const { client } = this.#options;
    const body = { ...head, metadata: lease.metadata, spec };
    return this.#written(await client.request({ method: "PUT", path: this.#path, body, timeout }));
  }

  #written(answer: Awaited<ReturnType<KubeClient["request"]>>): boolean {
    if (!answer.ok) {
      this.#tell(answer);
      return false;
    }
    const lease = parse(answer.body) as LeaseObject | undefined;
    if (lease !== undefined) this.#observed = { lease, at: performance.now() };
    return lease !== undefined;
  }

  get #patience(): Duration {
    return this.#timing.renewDeadline / 2;
  }

  #tell({ status, detail }: Refusal): void {
    // Gone between two calls: the next look says whether it stays so.
    if (status !== 409 && status !== 404) this.#say(detail);
  }

  #say(detail: string): void {
    if (this.#told === detail || this.#ended.signal.aborted) return;
    this.#told = detail;
    this.#options.log.warn(`the Lease cannot be had: ${detail}`, { lease: this.#options.name });
  }
}

const head = { apiVersion: "coordination.k8s.io/v1", kind: "Lease" } as const;

/** Told for people: nobody decides by another's clock. */
const microNow = (): string => microTime(Date.now());
