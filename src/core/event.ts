import type { Instant } from "./instant.ts";

/** A CloudEvent (spec 1.0.2) as it came in, decoded and checked. Untrusted: it wakes us up and proves nothing. */
export interface IncomingEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  readonly subject?: string;
  /** The producer's own claim of when it happened. */
  readonly time?: Instant;
  /** Extension attributes and `datacontenttype`, by lower-case name. */
  readonly attributes: Readonly<Record<string, string>>;
  /** W3C trace context: the CloudEvents distributed tracing extension, else the HTTP header. */
  readonly traceparent?: string;
  readonly data: unknown;
}
