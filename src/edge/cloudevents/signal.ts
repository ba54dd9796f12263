import type { IncomingEvent } from "../../core/event.ts";
import type { NotOurs, Signal } from "../../core/signal.ts";
import { apiServerPrefix, apiServerSignal } from "./apiServerSource.ts";
import { exporterSignal, isExported } from "./eventExporter.ts";
import { kedaPrefix, kedaSignal } from "./kedaCloudEvents.ts";
import { notOurs } from "./notOurs.ts";
import { ownPrefix, ownSignal } from "./own.ts";

/** Knative's timer, for a sweep that is woken by a PingSource. */
const ping = "dev.knative.sources.ping";

/**
 * What an event means to us, by its type: one source, one prefix, one file.
 * Total over untrusted input: unknown, malformed and foreign events are {@link NotOurs}, never an error.
 */
export function toSignal(event: IncomingEvent): Signal | NotOurs {
  const { type } = event;
  if (type.startsWith(apiServerPrefix)) return apiServerSignal(event);
  if (isExported(type)) return exporterSignal(event);
  if (type.startsWith(ownPrefix)) return ownSignal(event);
  if (type.startsWith(kedaPrefix)) return kedaSignal(event);
  return type === ping ? { kind: "Tick" } : notOurs("ForeignType");
}
