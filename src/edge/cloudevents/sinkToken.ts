import { readFile } from "node:fs/promises";
import { type Duration, seconds } from "../../core/instant.ts";
import { codeOf } from "../../core/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Poster } from "./post.ts";

/** The token that goes with a post, undefined where none is wanted, or a sentence why there is none. Never throws. */
export type SinkToken = () => Promise<{ readonly token: string | undefined } | { readonly failure: string }>;

/** Where a sink's token comes from, as the configuration says. */
export interface SinkTokenSettings {
  readonly token?: string | undefined;
  readonly file?: SinkTokenFile | undefined;
}

/** A file that somebody else rewrites before the token in it ends. */
export interface SinkTokenFile {
  readonly path: string;
  /** True: without the file no token is wanted. */
  readonly optional: boolean;
}

/** Whoever renews a token does so minutes before it ends. Long enough for a burst of events to read it once. */
const rereadAfter: Duration = seconds(5);

/** What may stand in a header. It also keeps a file that is something else from being sent. Length: tokens with many claims. */
const shape = /^[\w.~+/=-]{8,16384}$/;

async function readToken({ path, optional }: SinkTokenFile): Promise<string | undefined> {
  try {
    return (await readFile(path, "utf8")).trim();
  } catch (error) {
    if (optional && codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

const unread = (path: string, error: unknown): { readonly failure: string } => ({
  failure: `the sink's token cannot be read from ${path}: ${codeOf(error) ?? "Unknown"}`,
});

/** Only what was read well is kept: a file that is missing now may be there at the next try. */
function fromFile(file: SinkTokenFile, clock: Clock): SinkToken {
  let known: { readonly token: string | undefined; readonly readAt: number } | undefined;
  return async () => {
    if (known !== undefined && clock.now() - known.readAt < rereadAfter) return known;
    try {
      const token = await readToken(file);
      if (token !== undefined && !shape.test(token)) return { failure: `${file.path} holds no bearer token` };
      known = { token, readAt: clock.now() };
      return known;
    } catch (error) {
      return unread(file.path, error);
    }
  };
}

/** The sink's token by the configuration: as it is, or out of a file that is read again when it is five seconds old. */
export function sinkToken({ token, file }: SinkTokenSettings, clock: Clock): SinkToken {
  return file === undefined ? async () => ({ token }) : fromFile(file, clock);
}

/** Puts the token on every post. Where it cannot be had nothing is sent: the sink would only refuse it. */
export const withToken =
  (poster: Poster, read: SinkToken): Poster =>
  async (post) => {
    const got = await read();
    if ("failure" in got) return got;
    if (got.token === undefined) return poster(post);
    return poster({ ...post, headers: { ...post.headers, authorization: `Bearer ${got.token}` } });
  };
