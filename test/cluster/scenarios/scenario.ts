import type { Component } from "../../../src/core/evidence.ts";
import type { Install } from "../../../src/sandbox/manifests/names.ts";
import type { Issuer } from "../../../src/sandbox/material.ts";
import type { World } from "../../../src/sandbox/world.ts";
import type { KedaVersion } from "../build/programs.ts";
import type { FunctionName } from "../medic/images.ts";

/** One decision as a function logged it. */
export interface Decided {
  readonly at: number;
  readonly role: string;
  readonly kind: string;
  readonly code: string;
  readonly diagnosis: string;
  readonly sentence: string;
  /** The text in the metrics-apiserver's log, and the one that the certificates predict, where they were compared. */
  readonly logged?: string;
  readonly predicted?: string;
}

/** An event that a stranger posts. */
export interface Posted {
  readonly to: FunctionName;
  readonly type: string;
  readonly data: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request that reached a function or the dead letter sink, and how it was answered. */
export interface Passed {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
  readonly status: number;
}

/** What Knative's Broker has delivered so far. */
export interface Delivery {
  /** Requests in front of a function, in the order of their answers. */
  reached(name: FunctionName): readonly Passed[];
  readonly deadLetters: readonly Passed[];
}

/** What a play has in its hands: any World, keda-medic beside it, and a few moves that need both. */
export interface Play {
  readonly world: World;
  readonly decisions: readonly Decided[];
  pause(milliseconds: number): Promise<void>;
  /** Resolves when keda-medic has decided so since the last move, or does. */
  decided(code: string, within?: number): Promise<void>;
  /** An HPA of KEDA fails with the 504 wording. Not every one: the first may be healed before the last has failed. */
  failing(within?: number): Promise<void>;
  /** No HPA of KEDA has a valid metric, for whatever reason. */
  broken(within?: number): Promise<void>;
  /** Every HPA of KEDA has a valid metric, and both Deployments are rolled out. */
  healthy(within?: number): Promise<void>;
  /** SIGKILLs a function of keda-medic. */
  crash(name: FunctionName): Promise<void>;
  /** Resolves when keda-medic has patched a Deployment. */
  patched(within?: number): Promise<void>;
  /** Gives the APIService a bundle for good, or lets it keep the present one (`asItIs`); undefined: the Secret's again. */
  holdCaBundle(pem: string | undefined): Promise<void>;
  /**
   * Waits for restart's next look, stops the process before it patches, lets `during` happen and sets it going again.
   * Only where functions are processes.
   */
  betweenLookAndPatch?(during: () => Promise<void>): Promise<void>;
  /** Posts an event to a function past all sources; resolves with the status of the answer. */
  post?(event: Posted): Promise<number>;
  /** Only where Knative Eventing itself delivers. */
  readonly delivery?: Delivery;
  note(text: string): void;
}

export interface Expectation {
  /** Rollouts by anybody since the installation; default 0. */
  readonly rollouts?: Partial<Readonly<Record<Component, number>>>;
  /** Patches by keda-medic; default the sum of `rollouts`. */
  readonly patches?: number;
  /** Patches that the API server refused as meant for another object, or for another state of it; default not asked. */
  readonly refusedPatches?: number;
  /** Codes that must have been decided, in whatever order. */
  readonly decided?: readonly string[];
  /** Codes that must not. */
  readonly never?: readonly string[];
  /** KEDA's HPAs at the end; default not asked. */
  readonly healthy?: boolean;
  /** Phase of the newest incident; default not asked. */
  readonly phase?: string;
}

/** Moves and what must come of them. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  readonly keda: KedaVersion;
  readonly metricsApiservers?: number;
  readonly issuer?: Issuer;
  /** Whose names and arguments KEDA has; default those of its own YAML. */
  readonly install?: Install;
  /** Milliseconds from a change of the Secret to that of volumes; default 5 s, kubelet takes up to 90. */
  readonly propagation?: number;
  /** Lifetime of the first leaf in milliseconds; default a year. */
  readonly firstLeafFor?: number;
  /** The operator's :9666 is refused at its Pod's address, as keda-medic dials it, and open through its Service. */
  readonly probeRefused?: boolean;
  /** Certificates mounted file by file. */
  readonly subPath?: boolean;
  /** Pods of each of keda-medic's functions; default 1. */
  readonly hosts?: number;
  /** More variables for keda-medic. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The right to end Pods. */
  readonly endPods?: boolean;
  /** cert-manager issues, and keda-medic has no right on Secrets. */
  readonly withoutSecret?: boolean;
  /** No event arrives, so none brings a trace of its own. */
  readonly silent?: boolean;
  /** Knative Eventing itself stands between sources and functions, whatever `--manifests` says; with `oidc` everybody shows a token. */
  readonly eventing?: "plain" | "oidc";
  /** `ACCOUNT VERB RESOURCE` of rights that the moves take away for a while, and that are missed then. */
  readonly takenRights?: readonly string[];
  /** What happens before keda-medic is installed. */
  readonly before?: (world: World) => Promise<void>;
  readonly moves: (play: Play) => Promise<void>;
  readonly expect: Expectation;
}
