import type { IncomingEvent } from "../../../core/event.ts";
import type { Log } from "../../../ports/log.ts";
import type { Handle } from "../intake.ts";

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** `/kedamedic/<cluster>/<role>` is ours, `/kubernetes-event-exporter/<cluster>` the exporter's. */
function clusterInSource(source: string): string | undefined {
  const [, own, exporter] = /^(?:\/kedamedic\/([^/]+)\/[^/]+|\/kubernetes-event-exporter\/([^/]+))$/.exec(source) ?? [];
  const named = own ?? exporter;
  return named === undefined ? undefined : decoded(named);
}

/** kubernetes-event-exporter's own field, whatever its headers say. */
function clusterInData(data: unknown): string | undefined {
  const name = typeof data === "object" && data !== null && "clusterName" in data ? data.clusterName : undefined;
  return typeof name === "string" && name !== "" ? name : undefined;
}

/** Clusters that an event says it comes from. Most events say nothing. */
const clustersIn = ({ source, attributes, data }: IncomingEvent): readonly string[] =>
  [clusterInSource(source), attributes["cluster"], clusterInData(data)].filter((name) => name !== undefined);

/**
 * One deployment serves one cluster: a role that could patch every KEDA of a company is a risk, and an event of another
 * cluster would make us look at the wrong one. Such an event is refused, loudly: somebody's routing is wrong.
 */
export function onlyFrom(names: readonly string[], handle: Handle, log: Log): Handle {
  return async (event) => {
    const foreign = clustersIn(event).find((name) => !names.includes(name));
    if (foreign === undefined) return handle(event);
    log.error("refused an event of another cluster: one deployment serves one", {
      code: "OtherCluster",
      serves: names[0],
    });
    return "otherCluster";
  };
}
