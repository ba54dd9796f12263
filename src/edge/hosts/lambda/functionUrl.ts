import { answer, type Handle, type IntakeOptions } from "../intake.ts";
import type { Reply } from "../problem.ts";

/** What a function URL or an HTTP API hands over (payload format 2.0): headers in lower case, repeated ones joined by a comma. */
export interface UrlEvent {
  readonly version?: string;
  readonly rawPath?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: { readonly http?: { readonly method?: string; readonly path?: string } };
}

export interface UrlResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** True for a request that came over HTTP; false for a timer or a queue. */
export const isUrlEvent = (event: unknown): event is UrlEvent =>
  typeof event === "object" &&
  event !== null &&
  "requestContext" in event &&
  typeof (event as UrlEvent).requestContext?.http?.method === "string";

/** Everything but text and JSON arrives in base64, `application/cloudevents+json` among it. */
const bodyOf = ({ body = "", isBase64Encoded }: UrlEvent): Buffer =>
  Buffer.from(body, isBase64Encoded === true ? "base64" : "utf8");

/** An explicit status always: a bare object or string would go out as a 200 with a JSON body, which a broker takes for a failure. */
const resultOf = ({ status, headers, body }: Reply): UrlResult => ({
  statusCode: status,
  headers,
  ...(body === undefined ? {} : { body }),
});

/** One request over a function URL, answered as on every other host. */
export async function answerUrl(event: UrlEvent, handle: Handle, options: IntakeOptions): Promise<UrlResult> {
  const method = event.requestContext?.http?.method ?? "";
  const path = event.rawPath ?? event.requestContext?.http?.path ?? "/";
  return resultOf(await answer({ method, path, headers: event.headers ?? {}, body: bodyOf(event) }, handle, options));
}
