import type { JournalEntry } from "../../../src/sandbox/apiserver/journal.ts";
import type { Audited } from "../world/audit.ts";

const verbs: Readonly<Record<string, string>> = { POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" };

/** A request as the sandbox's API server wrote it down, in the words of an audit log; verbs of reading are not told apart. */
export function auditedAs({ at, method, path, user, status }: JournalEntry): Audited {
  const [, , resource = "", name = "", subresource] =
    /\/(?:namespaces\/([^/?]+)\/)?([a-z]+)(?:\/([^/?]+))?(?:\/([a-z]+))?(?:\?.*)?$/.exec(path) ?? [];
  return {
    at,
    account: user?.split(":").at(-1) ?? "",
    verb: verbs[method] ?? "get",
    resource: subresource === undefined ? resource : `${resource}/${subresource}`,
    name,
    status,
    bytes: 0,
  };
}

export const isMedic = ({ user }: JournalEntry): boolean =>
  user?.startsWith("system:serviceaccount:keda-medic:") === true;
