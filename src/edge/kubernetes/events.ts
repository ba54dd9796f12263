import { createHash } from "node:crypto";
import { hours, type Instant } from "../../core/instant.ts";
import type { Log } from "../../ports/log.ts";
import type { KubeClient } from "./client.ts";
import { microTime } from "./microTime.ts";
import { kubePath } from "./path.ts";

/** What an Event is about. With the UID, `kubectl describe` shows it. */
export interface Regarding {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid?: string | undefined;
}

/** Something that is worth a person's eyes. */
export interface Happening {
  /** The same happening has the same id, however often it is told: it becomes one Event. */
  readonly id: string;
  readonly type: "Normal" | "Warning";
  /** Our reason code. */
  readonly reason: string;
  /** What we do about it, CamelCase. */
  readonly action: string;
  readonly note: string;
  readonly regarding: Regarding;
}

export interface RecorderOptions {
  readonly client: KubeClient;
  /** Name of this process. */
  readonly instance: string;
  readonly log: Log;
  /** Events written at most in an hour; default 60. */
  readonly perHour?: number;
}

const reportingController = "kedamedic.dev/keda-medic";
const PER_HOUR = 60;
/** The API refuses a note of more. */
const LONGEST_NOTE = 1024;

/** Writes Kubernetes Events (events.k8s.io/v1). Never throws: an Event that is missing harms nobody. */
export function eventRecorder(options: RecorderOptions): (happening: Happening) => Promise<void> {
  const { client, instance, log, perHour = PER_HOUR } = options;
  let written: number[] = [];
  let told = "";
  return async (happening) => {
    const now = performance.now();
    written = written.filter((at) => at > now - hours(1));
    if (written.length >= perHour) return;
    written.push(now);
    const { namespace } = happening.regarding;
    const path = kubePath("apis", "events.k8s.io", "v1", "namespaces", namespace, "events");
    const body = eventOf(happening, instance, client.clock.now());
    const answer = await client.request({ method: "POST", path, body, timeout: 2000 });
    // 409: it has been told.
    if (answer.ok || answer.status === 409 || answer.detail === told) return;
    told = answer.detail;
    log.warn(`a Kubernetes Event was not written: ${answer.detail}`, { reason: happening.reason });
  };
}

const cut = (text: string, longest: number): string => {
  const bytes = Buffer.from(text);
  return bytes.length <= longest
    ? text
    : `${bytes
        .subarray(0, longest - 6)
        .toString("utf8")
        .replace(/\uFFFD+$/, "")}...`;
};

function eventOf({ id, type, reason, action, note, regarding }: Happening, instance: string, now: Instant): object {
  const hash = createHash("sha256").update(`${id} ${regarding.kind} ${regarding.name}`).digest("hex").slice(0, 16);
  return {
    apiVersion: "events.k8s.io/v1",
    kind: "Event",
    metadata: { name: `${regarding.name.slice(0, 230)}.${hash}`, namespace: regarding.namespace },
    eventTime: microTime(now),
    reportingController,
    reportingInstance: cut(instance, 128),
    type,
    reason,
    action,
    note: cut(note, LONGEST_NOTE),
    regarding,
  };
}
