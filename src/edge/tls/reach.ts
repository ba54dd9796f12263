import type { Probe } from "../../ports/probe.ts";
import { bySomebodyElse } from "./fallback.ts";

/** Whether Pods can be reached at their own addresses from here, as our own probes showed. */
export interface Reach {
  /** `untried`: nobody was dialled yet. `unreachable`: nobody has answered so far. */
  state(): "untried" | "unreachable" | "reachable";
  /** The same probe, watched. */
  watch(direct: Probe): Probe;
}

/**
 * One Pod that shows a certificate of its own name proves the way. A certificate of another name may be a proxy's, a
 * refused connection a firewall's: they prove nothing. Once proved it stays so for the life of the process; when the way
 * breaks later, the look itself says that it could not probe, and no restart comes of it.
 */
export function newReach(): Reach {
  let state: ReturnType<Reach["state"]> = "untried";
  return {
    state: () => state,
    watch: (direct) => ({
      async probe(target) {
        const look = await direct.probe(target);
        if (look.seen && !bySomebodyElse(look.value, target.serverName)) state = "reachable";
        else if (state === "untried" && target.ip !== undefined) state = "unreachable";
        return look;
      },
    }),
  };
}
