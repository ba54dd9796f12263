import type { IncomingEvent } from "../../core/event.ts";

/** Types of ApiServerSource in Resource mode, which send objects whole. */
export const resourcePrefix = "dev.knative.apiserver.resource.";

const secretSubject = /\/secrets\/[^/]*$/;

const isSecretKind = (kind: string): boolean => kind.length === 6 && kind.toLowerCase() === "secret";

/** True when the attributes alone say: here comes a Secret with its private key. Without a kind the subject tells. */
export function isWholeSecret(
  type: string | undefined,
  kind: string | undefined,
  subject: string | undefined,
): boolean {
  if (type === undefined || !type.startsWith(resourcePrefix)) return false;
  return kind === undefined ? subject !== undefined && secretSubject.test(subject) : isSecretKind(kind);
}

const isSecretObject = (data: unknown): boolean =>
  typeof data === "object" && data !== null && "kind" in data && data.kind === "Secret";

/**
 * The event without its data when it carries a whole Secret, with the attribute `kind` set so that classification sees it.
 * Also for a Secret that only its body gives away, because its attributes say something else or nothing.
 */
export function withoutSecret(event: IncomingEvent, known: boolean): IncomingEvent {
  if (!known && !(isSecretObject(event.data) && event.type.startsWith(resourcePrefix))) return event;
  const attributes: Record<string, string> = Object.assign(Object.create(null), event.attributes, { kind: "Secret" });
  return { ...event, attributes, data: undefined };
}
