import type { JournalEntry } from "../../../src/sandbox/apiserver/journal.ts";
import { fullResource, requestInfo } from "../../../src/sandbox/apiserver/requestInfo.ts";
import type { Audited } from "../world/audit.ts";

/** A request as the sandbox's API server wrote it down, in the words of an audit log. */
export function auditedAs({ at, method, path, user, status }: JournalEntry): Audited {
  const { pathname, searchParams } = new URL(path, "https://apiserver");
  const info = requestInfo(method, pathname, searchParams);
  return {
    at,
    account: user?.split(":").at(-1) ?? "",
    verb: info?.verb ?? "get",
    resource: info === undefined ? "" : fullResource(info),
    name: info?.name ?? "",
    status,
    bytes: 0,
  };
}

export const isMedic = ({ user }: JournalEntry): boolean =>
  user?.startsWith("system:serviceaccount:keda-medic:") === true;
