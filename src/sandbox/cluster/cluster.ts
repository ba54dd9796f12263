import type { Objects } from "../apiserver/objects.ts";
import type { Tell } from "../story.ts";
import type { WorldTime } from "../time.ts";
import type { Network } from "./network.ts";
import type { Recorder } from "./recorder.ts";
import type { Timing } from "./timing.ts";

/** What every controller works with. */
export interface Cluster {
  readonly objects: Objects;
  readonly time: WorldTime;
  readonly network: Network;
  readonly recorder: Recorder;
  readonly timing: Timing;
  readonly tell: Tell;
}
