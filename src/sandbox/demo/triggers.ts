import type { Broker } from "./broker.ts";

/** What the Triggers of an installation say. */
export function subscribe(broker: Broker, urlOf: (name: "respond" | "restart") => string): void {
  broker.subscribe({
    wants: (type) => type.startsWith("dev.knative.") || /^dev\.kedamedic\.restart\.(performed|refused)\./.test(type),
    subscriber: urlOf("respond"),
  });
  broker.subscribe({
    wants: (type) => type.startsWith("dev.kedamedic.restart.requested.") || type.startsWith("dev.kedamedic.pods."),
    subscriber: urlOf("restart"),
  });
}
