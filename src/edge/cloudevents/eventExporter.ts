import type { IncomingEvent } from "../../core/event.ts";
import type { NotOurs, Signal } from "../../core/signal.ts";
import { kubeEventSignal } from "./kubeEvent.ts";
import { kubeEventPrefix } from "./plain.ts";

/** True for events of kubernetes-event-exporter, plain or with the headers of our template. */
export const isExported = (type: string): boolean => type.startsWith(kubeEventPrefix);

/** What an exported Event means. It is never an update (the exporter ignores those) and comes seconds late. */
export const exporterSignal = (event: IncomingEvent): Signal | NotOurs => kubeEventSignal(event.data);
