import type { Policy } from "../core/policy.ts";
import type { Clock } from "../ports/clock.ts";
import type { ClusterReader, ClusterWriter } from "../ports/cluster.ts";
import type { Emitter } from "../ports/emitter.ts";
import type { Log } from "../ports/log.ts";
import type { Probe } from "../ports/probe.ts";
import type { Store } from "../ports/store.ts";
import type { Tracer } from "../ports/tracer.ts";

/** Everything that the flow needs from the world. */
export interface Ports {
  readonly clock: Clock;
  readonly cluster: ClusterReader;
  readonly probe: Probe;
  readonly store: Store;
  readonly emitter: Emitter;
  readonly tracer: Tracer;
  readonly log: Log;
}

/** What restart needs on top; respond and sweep never get it. */
export interface ActingPorts extends Ports {
  readonly writer: ClusterWriter;
}

export interface Settings {
  readonly policy: Policy;
  /** KEDA's namespace, where a person fixed it; else it is resolved from the APIService. */
  readonly kedaNamespace?: string | undefined;
  /** False: the Secret is never asked for, CertificateRequests are (cert-manager installations). */
  readonly readSecret: boolean;
  /** An event is answered within this time: judged by then, or parked. Milliseconds. */
  readonly answerWithin: number;
  /**
   * Why less may be done than the configured mode allows: one sentence, asked anew at every decision. Undefined: nothing
   * stands against it.
   */
  readonly held?: (() => string | undefined) | undefined;
  /** Told whenever something falls due, so that a long-lived host can wake up in time. */
  readonly onDue?: ((at: number) => void) | undefined;
}
