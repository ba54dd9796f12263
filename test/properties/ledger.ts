import type { Component } from "../../src/core/evidence.ts";
import type { Incident } from "../../src/core/incident.ts";
import type { Installation } from "../../src/core/installation.ts";
import type { Instant } from "../../src/core/instant.ts";
import type { Policy } from "../../src/core/policy.ts";
import type { KubeRequest } from "../../src/edge/kubernetes/client.ts";
import type { OutgoingEvent } from "../../src/ports/emitter.ts";
import type { Truth } from "./model/truth.ts";

export type Role = "respond" | "restart" | "sweep";

/** What one process had seen of the cluster when it wrote. */
export interface Look {
  readonly at: Instant;
  readonly truth: Truth;
  /** UID and resourceVersion as this look was told them. */
  readonly told: Readonly<Partial<Record<Component, { readonly uid: string; readonly resourceVersion: string }>>>;
}

interface ClusterWrite {
  readonly by: Role;
  readonly call: KubeRequest;
  readonly landed: boolean;
  /** The last look of the process before it; undefined when it never looked. */
  readonly look: Look | undefined;
  /** Just before the write. */
  readonly truth: Truth;
  readonly policy: Policy;
  /** By the clock of the process. */
  readonly clock: Instant;
}

export interface PatchEntry extends ClusterWrite {
  readonly kind: "patch";
  readonly component: Component;
}

/** A patch in its place in the history. */
export type Patch = PatchEntry & { readonly at: Instant };

export interface EndEntry extends ClusterWrite {
  readonly kind: "endPod";
  readonly pod:
    | {
        readonly component: Component;
        readonly uid: string;
        readonly leaving: boolean;
        readonly startedAt: Instant;
        /** It holds something else than the Secret, or its times cannot tell that it does not. */
        readonly stale: boolean;
        readonly replaced: boolean;
      }
    | undefined;
}

export type Variant = "good" | "otherHash" | "old" | "early" | "half";

export interface ApprovalEntry {
  readonly kind: "approval";
  readonly variant: Variant;
  readonly incident: string;
  readonly components: readonly Component[];
  readonly cause: string;
  /** The instant that stands in it. */
  readonly given: Instant;
}

/** Everything that happened, in order: what the invariants are checked on. */
export type Entry = { readonly at: Instant } & (
  | { readonly kind: "incident"; readonly by: Role; readonly incident: Incident }
  | { readonly kind: "installation"; readonly by: Role; readonly installation: Installation }
  | PatchEntry
  | EndEntry
  | ApprovalEntry
  | { readonly kind: "emit"; readonly by: Role; readonly event: OutgoingEvent }
  | { readonly kind: "leak"; readonly where: string }
  | { readonly kind: "threw"; readonly by: Role; readonly error: string }
  | { readonly kind: "forget" }
  /** Of the documents only the incidents. */
  | { readonly kind: "forgetIncidents" }
  /** Our marks were taken off a Deployment by somebody. */
  | { readonly kind: "unmarked"; readonly component: Component }
  /** By who was told not to. */
  | { readonly kind: "secretRead" }
  | { readonly kind: "order"; readonly same: boolean; readonly detail: string }
  | { readonly kind: "healed"; readonly end: Ending }
);

/** How it stood when everything had been well for hours. */
export interface Ending {
  /** A pair that a restart would cure was still broken. */
  readonly broken: boolean;
  readonly open: readonly {
    readonly phase: Incident["phase"];
    readonly kind: string | undefined;
    readonly code: string | undefined;
    readonly sentence: string;
    readonly dueAt: Instant | undefined;
    readonly untold: number;
  }[];
  /** Of the present generation, over or not. */
  readonly last: { readonly phase: Incident["phase"]; readonly code: string | undefined } | undefined;
  readonly mode: Policy["mode"];
  /** Nothing but good rotations, kills, losses and crashes: nothing that excuses a refusal. */
  readonly plain: boolean;
}

export class Ledger {
  readonly entries: Entry[] = [];
  /** Things that happened, for the statistics. */
  readonly seen = new Set<string>();

  add(entry: Entry): void {
    this.entries.push(entry);
  }

  of<K extends Entry["kind"]>(kind: K): readonly Extract<Entry, { kind: K }>[] {
    return this.entries.filter((e): e is Extract<Entry, { kind: K }> => e.kind === kind);
  }

  patches(): readonly Patch[] {
    return this.of("patch").filter((p) => p.landed);
  }
}
