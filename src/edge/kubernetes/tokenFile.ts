import { readFile } from "node:fs/promises";
import { codeOf, messageOf } from "../../core/thrown.ts";
import type { Clock } from "../../ports/clock.ts";
import { AccessError, type ClusterAccess } from "./access.ts";

/** kubelet renews a projected token well before it ends; client-go reads it again at this pace, too. */
const REREAD_AFTER = 60_000;

/** A token that a file holds: read again when it is a minute old, or at once when a fresh one is asked for. */
export function tokenFromFile(file: string, clock: Clock): ClusterAccess["token"] {
  let known: { readonly token: string; readonly readAt: number } | undefined;
  return async (how = "cached") => {
    const young = known !== undefined && clock.now() - known.readAt < REREAD_AFTER;
    if (how === "fresh" || !young) known = { token: await readToken(file), readAt: clock.now() };
    return known?.token;
  };
}

async function readToken(file: string): Promise<string> {
  const token = (await readText(file, "token file")).trim();
  if (token === "") throw new AccessError("Unreadable", `the token file ${file} is empty`);
  return token;
}

/** Text of a file that access needs. Throws {@link AccessError} that names the file and what it is for. */
export async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (error) {
    if (codeOf(error) === "ENOENT") throw new AccessError("FileMissing", `the ${what} ${file} does not exist`);
    throw new AccessError("Unreadable", `the ${what} ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
