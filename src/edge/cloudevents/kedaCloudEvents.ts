import type { IncomingEvent } from "../../core/event.ts";
import type { NotOurs, Signal } from "../../core/signal.ts";
import { notOurs } from "./notOurs.ts";
import { kubeName, namespaceName } from "./read.ts";

/** Types of KEDA's own CloudEventSource. */
export const kedaPrefix = "keda.";

/** `/<cluster>/<namespace>/scaledobject/<name>`; the cluster's name may hold anything. */
const subjectShape = /\/([^/]+)\/scaledobject\/([^/]+)$/;

/** What an event of KEDA's CloudEventSource means. It says nothing in our incident, where KEDA notices nothing; a failed scaler it does tell. */
export function kedaSignal(event: IncomingEvent): Signal | NotOurs {
  if (!event.type.startsWith("keda.scaledobject.")) return notOurs("ForeignKind");
  if (event.type !== "keda.scaledobject.failed.v1") return notOurs("ForeignReason");
  const [, ns, object] = subjectShape.exec(event.subject ?? "") ?? [];
  const namespace = namespaceName(ns);
  const scaledObject = kubeName(object);
  if (namespace === undefined || scaledObject === undefined) return notOurs("ForeignKind");
  return { kind: "ScalerFailed", namespace, scaledObject };
}
