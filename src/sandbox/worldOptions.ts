import type { RulesByRole } from "./accounts.ts";
import type { Timing } from "./cluster/timing.ts";
import type { Install } from "./manifests/names.ts";
import type { Scaled } from "./manifests/scaled.ts";
import type { Issuer } from "./material.ts";

export interface WorldOptions {
  /** Default 2.13.1, which loads its certificates once; 2.17.2 and later reload. */
  readonly kedaVersion?: string;
  /** Default 2. */
  readonly metricsApiservers?: number;
  /** Whose names; default `yaml`. */
  readonly install?: Install;
  /** Default `selfSigned`. */
  readonly issuer?: Issuer;
  /** Lifetime of the first leaf in milliseconds; default a year. */
  readonly firstLeafFor?: number;
  /** Whether cert-manager's objects exist; default false. */
  readonly certManager?: boolean;
  /** Whether keda-medic's CRDs are installed; default true. `old`: as they were before they had a status subresource. */
  readonly medicCrds?: boolean | "old";
  /** keda-medic's own; default `keda-medic`. */
  readonly medicNamespace?: string;
  /** Default: `web` and `worker` in `shop`. */
  readonly scaled?: readonly Scaled[];
  /** World milliseconds per real one; default 1. */
  readonly speed?: number;
  /** Epoch milliseconds; default now. */
  readonly startAt?: number;
  readonly timing?: Partial<Timing>;
  /** What each role may do; default: all may look, `restart` may patch Deployments and delete Pods. */
  readonly rules?: RulesByRole;
}
