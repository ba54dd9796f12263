import type { Component } from "../../../src/core/evidence.ts";
import type { Instant } from "../../../src/core/instant.ts";
import type { Pair } from "./pairs.ts";

export interface Install {
  /** KEDA's version decides whether it reloads certificates. */
  readonly version: "2.13.1" | "2.17.1" | "2.17.2" | "2.18.0";
  /** A reload that does not happen: read error, missed inotify event. */
  readonly reloadBroken: boolean;
  readonly subPath: boolean;
  readonly replicas: Readonly<Record<Component, number>>;
  readonly issuer: "self" | "ca";
  /** cert-manager's objects stand beside the Secret. */
  readonly certManager: boolean;
}

export interface ModelDeployment {
  readonly component: Component;
  uid: string;
  resourceVersion: number;
  generation: number;
  /** Of the template; a paused Deployment rolls it out later. */
  revision: number;
  rolled: number;
  rolledAt: Instant;
  replicas: number;
  paused: boolean;
  neverReady: boolean;
  readonly annotations: Record<string, string>;
  readonly template: Record<string, string>;
  status: string;
}

export interface Written {
  readonly pair: Pair;
  readonly at: Instant;
}

/** What may be wrong around KEDA, or between it and us. */
export interface Weather {
  /** Calls that the API server refuses: names of the reader's methods, `probe`, `restart`. */
  denied: Set<string>;
  apiDown: boolean;
  storeDown: boolean;
  sinkDown: boolean;
  network: boolean;
  hopA: boolean;
  scaler: boolean;
  stuck: boolean;
  hpasStay: boolean;
  issuing: boolean;
  patchAnswerLost: boolean;
}

export const fair = (): Weather => ({
  denied: new Set(),
  apiDown: false,
  storeDown: false,
  sinkDown: false,
  network: false,
  hopA: false,
  scaler: false,
  stuck: false,
  hpasStay: false,
  issuing: false,
  patchAnswerLost: false,
});
