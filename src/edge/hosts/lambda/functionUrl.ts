import { answer, type Handle, type IntakeOptions } from "../intake.ts";
import type { Reply } from "../problem.ts";

/**
 * What a function URL or an HTTP API hands over (Lambda developer guide, "Invoking Lambda function URLs", payload format
 * 2.0): headers in lower case, repeated ones joined by a comma.
 */
export interface UrlEvent {
  readonly version?: string;
  readonly rawPath?: string;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
  readonly requestContext?: {
    readonly http?: { readonly method?: string; readonly path?: string };
    readonly stage?: string;
    /** Only AWS writes it: there when it has verified the caller's signature. */
    readonly authorizer?: { readonly iam?: unknown };
  };
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
export const resultOf = ({ status, headers, body }: Reply): UrlResult => ({
  statusCode: status,
  headers,
  ...(body === undefined ? {} : { body }),
});

/** A stage with a name of its own stands before the path; `$default` does not. */
function pathOf({ rawPath, requestContext }: UrlEvent): string {
  const path = rawPath ?? requestContext?.http?.path ?? "/";
  const prefix = `/${requestContext?.stage ?? "$default"}`;
  return path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) || "/" : path;
}

/** An IAM signature takes the place of a token: both want the same header, and AWS has checked it. */
const isSigned = ({ requestContext }: UrlEvent): boolean => requestContext?.authorizer?.iam !== undefined;

/** One request over a function URL or an HTTP API, answered as on every other host. */
export async function answerUrl(event: UrlEvent, handle: Handle, options: IntakeOptions): Promise<UrlResult> {
  const method = event.requestContext?.http?.method ?? "";
  const request = { method, path: pathOf(event), headers: event.headers ?? {}, body: bodyOf(event) };
  return resultOf(await answer(request, handle, isSigned(event) ? { log: options.log } : options));
}
