import type { Clock } from "../../ports/clock.ts";
import type { Emitter, OutgoingEvent } from "../../ports/emitter.ts";
import type { Log } from "../../ports/log.ts";
import { sourceOf } from "../cloudevents/emit.ts";
import type { Put } from "./put.ts";

/** `source` of every entry of ours on the bus: what rules match on, together with `detail-type`. */
export const busSource = "dev.kedamedic";

export interface BusEmitterSettings {
  /** Name or ARN. */
  readonly bus: string;
  readonly region: string;
  readonly cluster: string;
  readonly role: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Default: the SDK, loaded at the first event: most invocations emit nothing. */
  readonly put?: Put;
}

async function sdkPut(region: string): Promise<Put> {
  const { putEvents } = await import("./put.ts");
  return putEvents(region);
}

/** An entry may have 1 MB (EventBridge quotas, "PutEvents entry size"); ours have 5 KB, and a giant is a mistake. */
const most = 256 * 1024;

/** The whole CloudEvent stands in `detail`: id, time and trace survive, which EventBridge's own envelope gives anew. */
async function detailOf(event: OutgoingEvent, { cluster, role, clock }: BusEmitterSettings): Promise<string> {
  const { buildPost } = await import("../cloudevents/build.ts");
  return buildPost(event, { source: sourceOf(cluster, role), time: clock.now(), extensions: {} }).body;
}

/** Our CloudEvents on an EventBridge bus. Only codes are logged, never an event. What fails is repeated by sweep. */
export function busEmitter(settings: BusEmitterSettings): Emitter {
  const { bus, region, log } = settings;
  let put: Promise<Put> | undefined;
  const putting = (): Promise<Put> => {
    put ??= settings.put === undefined ? sdkPut(region) : Promise.resolve(settings.put);
    return put;
  };
  return {
    emit: async (event) => {
      try {
        const detail = await detailOf(event, settings);
        if (Buffer.byteLength(detail) > most) {
          log.error("event is too large for the bus", { type: event.type, id: event.id });
          return false;
        }
        const done = await (await putting())({ bus, source: busSource, type: event.type, detail });
        if (done.taken) return true;
        log.warn("the bus did not take an event", { type: event.type, id: event.id, code: done.code, why: done.why });
      } catch {
        log.error("event cannot be built", { type: event.type, id: event.id });
      }
      return false;
    },
  };
}
