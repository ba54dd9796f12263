import type { NotOurs, Signal } from "../../core/signal.ts";
import { notOurs } from "./notOurs.ts";
import { kubeName, namespaceName } from "./read.ts";

/** An object that something happened to, as the event names it. Every part is untrusted. */
export interface NamedObject {
  readonly kind: string | undefined;
  readonly apiVersion: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
}

interface Place {
  readonly namespace: string;
  readonly name: string;
}

/** Kinds whose change is a wake-up, with their API group: Knative has a Certificate too. */
const kinds: ReadonlyMap<string, { readonly group: string; readonly signal: (place: Place, what: string) => Signal }> =
  new Map([
    ["Secret", { group: "", signal: (place: Place): Signal => ({ kind: "SecretChanged", ...place }) }],
    ["Pod", { group: "", signal: (place: Place): Signal => ({ kind: "PodChanged", ...place }) }],
    [
      "Certificate",
      { group: "cert-manager.io", signal: (place: Place): Signal => ({ kind: "CertificateChanged", ...place }) },
    ],
    [
      "Deployment",
      {
        group: "apps",
        signal: (place: Place, what: string): Signal => ({ kind: "WorkloadChanged", ...place, what }),
      },
    ],
  ]);

/** True when the API version belongs to the group, or is not told (sources before Knative 1.10). */
export function isInGroup(apiVersion: string | undefined, group: string): boolean {
  if (!apiVersion) return true;
  return group === "" ? !apiVersion.includes("/") : apiVersion.startsWith(`${group}/`);
}

/** Namespace and name, when both are names that Kubernetes would take. */
export function placeOf(object: NamedObject): Place | undefined {
  const namespace = namespaceName(object.namespace);
  const name = kubeName(object.name);
  return namespace !== undefined && name !== undefined ? { namespace, name } : undefined;
}

/** What the change of an object means. `what` says how it changed, for people. */
export function objectSignal(object: NamedObject, what: string): Signal | NotOurs {
  const known = kinds.get(object.kind ?? "");
  const place = placeOf(object);
  if (known === undefined || place === undefined || !isInGroup(object.apiVersion, known.group)) {
    return notOurs("ForeignKind");
  }
  return known.signal(place, what);
}
