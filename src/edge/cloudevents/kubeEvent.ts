import { isAboutExternalMetric, metricFailureOf, scaledObjectOf } from "../../core/metricFailure.ts";
import type { NotOurs, Signal } from "../../core/signal.ts";
import { notOurs } from "./notOurs.ts";
import { isInGroup, type NamedObject, objectSignal, placeOf } from "./objectSignal.ts";
import { isOwnKind, isOwnWrite } from "./ownWrite.ts";
import { kubeName, objectAt, textAt } from "./read.ts";

/** A Kubernetes Event, whichever of its two faces it showed. */
interface KubeEvent extends NamedObject {
  readonly reason: string;
  readonly message: string;
  /** From the labels that kubernetes-event-exporter adds. */
  readonly scaledObject: string | undefined;
}

/** Name of the Lease by which KEDA's operators elect their leader; fixed in its main.go. */
const operatorLease = "operator.keda.sh";

function metricFailed(event: KubeEvent): Signal | NotOurs {
  const place = placeOf(event);
  if (place === undefined) return notOurs("ForeignKind");
  if (!isAboutExternalMetric(event.message)) return notOurs("ForeignReason");
  const scaledObject = event.scaledObject ?? scaledObjectOf(event.message);
  return {
    kind: "MetricFailed",
    namespace: place.namespace,
    hpa: place.name,
    ...(scaledObject !== undefined && { scaledObject }),
    failure: metricFailureOf(event.message),
  };
}

function leaderChanged(event: KubeEvent): Signal | NotOurs {
  const place = placeOf(event);
  if (place === undefined || place.name !== operatorLease) return notOurs("ForeignKind");
  return { kind: "WorkloadChanged", ...place, what: event.reason };
}

function scalerFailed(event: KubeEvent): Signal | NotOurs {
  const place = placeOf(event);
  if (place === undefined) return notOurs("ForeignKind");
  return { kind: "ScalerFailed", namespace: place.namespace, scaledObject: place.name };
}

const objectChanged = (event: KubeEvent): Signal | NotOurs => objectSignal(event, event.reason);

interface Meaning {
  readonly group: string;
  readonly reasons: ReadonlySet<string>;
  readonly signal: (event: KubeEvent) => Signal | NotOurs;
}

const meaning = (group: string, reasons: readonly string[], signal: Meaning["signal"]): Meaning => ({
  group,
  reasons: new Set(reasons),
  signal,
});

/** Which reasons on which kind of object wake us up. */
const meanings: ReadonlyMap<string, Meaning> = new Map([
  [
    "HorizontalPodAutoscaler",
    meaning("autoscaling", ["FailedGetExternalMetric", "FailedComputeMetricsReplicas"], metricFailed),
  ],
  ["Lease", meaning("coordination.k8s.io", ["LeaderElection"], leaderChanged)],
  // No released kubelet tells of an OOM kill; these are what it leaves behind.
  ["Pod", meaning("", ["Started", "BackOff", "Killing"], objectChanged)],
  ["Deployment", meaning("apps", ["ScalingReplicaSet"], objectChanged)],
  ["Certificate", meaning("cert-manager.io", ["Issuing"], objectChanged)],
  ["ScaledObject", meaning("keda.sh", ["KEDAScalerFailed", "KEDAMetricSourceFailed"], scalerFailed)],
]);

function read(data: unknown, involved: object | undefined): KubeEvent {
  return {
    kind: textAt(involved, "kind"),
    apiVersion: textAt(involved, "apiVersion"),
    namespace: textAt(involved, "namespace"),
    name: textAt(involved, "name"),
    reason: textAt(data, "reason") ?? "",
    message: textAt(data, "message") ?? textAt(data, "note") ?? "",
    scaledObject: kubeName(textAt(objectAt(involved, "labels"), "scaledobject.keda.sh/name")),
  };
}

/** What a Kubernetes Event (core/v1, events.k8s.io, or the exporter's) means. Most are of kinds that do not concern us: asked first. */
export function kubeEventSignal(data: unknown): Signal | NotOurs {
  const involved = objectAt(data, "involvedObject") ?? objectAt(data, "regarding");
  const apiVersion = textAt(involved, "apiVersion");
  if (isOwnKind(apiVersion)) return notOurs("OwnWrite");
  const known = meanings.get(textAt(involved, "kind") ?? "");
  if (known === undefined || !isInGroup(apiVersion, known.group)) return notOurs("ForeignKind");
  const event = read(data, involved);
  if (!known.reasons.has(event.reason)) return notOurs("ForeignReason");
  return isOwnWrite(data) ? notOurs("OwnWrite") : known.signal(event);
}
