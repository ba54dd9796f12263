import { fieldManager } from "../../core/annotations.ts";
import { listAt, objectAt, textAt } from "./read.ts";

const ownGroup = "kedamedic.dev/";

/** True for kinds of our own, Incidents above all: writing one must not wake us up. */
export const isOwnKind = (apiVersion: string | undefined): boolean => apiVersion?.startsWith(ownGroup) === true;

/** Who wrote an object last, by `managedFields`; of several entries of one second the last counts. */
function lastWriter(object: unknown): string | undefined {
  const entries = listAt(objectAt(object, "metadata"), "managedFields");
  let newest = "";
  let writer: string | undefined;
  for (const entry of entries) {
    const time = textAt(entry, "time") ?? "";
    if (time < newest) continue;
    newest = time;
    writer = textAt(entry, "manager");
  }
  return writer;
}

/** True when the object in the body was last written by us, so that its event tells us nothing new. */
export const isOwnWrite = (object: unknown): boolean => lastWriter(object) === fieldManager;
