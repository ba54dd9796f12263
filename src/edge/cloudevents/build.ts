import { CloudEvent, HTTP } from "cloudevents";
import type { Instant } from "../../core/instant.ts";
import type { OutgoingEvent } from "../../ports/emitter.ts";
import type { Post } from "./post.ts";

export interface Envelope {
  readonly source: string;
  readonly time: Instant;
  readonly extensions: Readonly<Record<string, string>>;
}

/** Structured mode, because the SDK does not percent-encode what binary mode puts into headers. */
export function buildPost(
  { traceparent, id, type, subject, data }: OutgoingEvent,
  { source, time, extensions }: Envelope,
): Post {
  // The SDK would invent a random id, and no receiver could tell a repetition from a new event.
  if (id === "") throw new TypeError("an event needs an id");
  const cloudEvent = new CloudEvent({
    ...extensions,
    id,
    type,
    subject,
    source,
    time: new Date(time).toISOString(),
    datacontenttype: "application/json",
    data,
    ...(traceparent !== undefined && { traceparent }),
  });
  const message = HTTP.structured(cloudEvent);
  const contentType = String(message.headers["content-type"]);
  return { headers: { "content-type": contentType, ...(traceparent && { traceparent }) }, body: String(message.body) };
}
