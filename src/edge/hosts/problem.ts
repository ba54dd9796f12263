/** What a host sends back. Header names are lower-case; no body means an empty one. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const titles: Readonly<Record<number, string>> = {
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  503: "Service Unavailable",
};

/** One refusal or failure: its status, its code and a sentence that quotes nothing. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly sentence: string;
}

/**
 * RFC 9457 problem details, at most 1 KB: a broker copies the first 1024 bytes of an error body into the dead letter,
 * so nothing of the request may stand in it.
 */
export function problemReply(problem: Problem, headers: Readonly<Record<string, string>> = {}): Reply {
  const { status, code, sentence } = problem;
  const title = titles[status] ?? "Error";
  return {
    status,
    headers: { "content-type": "application/problem+json", ...headers },
    body: JSON.stringify({ type: "about:blank", title, status, code, detail: sentence }),
  };
}
