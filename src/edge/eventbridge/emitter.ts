import type { Emitter } from "../../ports/emitter.ts";
import { type AwsSender, awsEmitter } from "../aws/emitter.ts";
import type { Put } from "./put.ts";

/** `source` of every entry of ours on the bus: what rules match on, together with `detail-type`. */
const busSource = "dev.kedamedic";

export interface BusEmitterSettings extends AwsSender {
  /** Name or ARN. */
  readonly bus: string;
  /** Default: the SDK. */
  readonly put?: Put;
}

async function sdkPut(region: string): Promise<Put> {
  const { putEvents } = await import("./put.ts");
  return putEvents(region);
}

/** On an EventBridge bus. The whole CloudEvent stands in `detail`, because EventBridge's own envelope names all anew. */
export function busEmitter(settings: BusEmitterSettings): Emitter {
  const { bus, region } = settings;
  return awsEmitter(settings, {
    name: "bus",
    load: async () => {
      const put = settings.put ?? (await sdkPut(region));
      return ({ type }, detail) => put({ bus, source: busSource, type, detail });
    },
  });
}
