import { checkReasons } from "./checks/all.ts";
import type { Case } from "./checks/check.ts";
import { reloadsCertificates } from "./version.ts";

/** What ends this kind of incident for good, beyond the cure of the hour. */
export function permanentCure(c: Case, code: string): string {
  const cures: string[] = [];
  const reason = checkReasons[code];
  if (reason !== undefined && reason.disposition !== "healthy") cures.push(reason.cure);
  if (reloadsCertificates(c.operator?.version) === false) {
    cures.push(`Upgrade KEDA ${c.operator?.version} to >= 2.17.2, which reloads hop B's certificates by itself.`);
  }
  const oom = c.operator?.pods.find((pod) => pod.lastTermination?.reason === "OOMKilled");
  if (oom !== undefined) {
    cures.push(
      `The operator was OOMKilled: raise its memory limit${c.operator?.memoryLimit === undefined ? "" : ` (now ${c.operator.memoryLimit})`}.`,
    );
  }
  return cures.join(" ");
}
