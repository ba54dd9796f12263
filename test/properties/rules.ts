import type { Rule } from "./checks/invariant.ts";
import { justifiedRules } from "./checks/justified.ts";
import { liveness } from "./checks/liveness.ts";
import { once } from "./checks/once.ts";
import { otherRules } from "./checks/others.ts";
import { preflight } from "./checks/preflight.ts";

/** Every rule that a history of writes is held against. */
export const rules: readonly Rule[] = [...preflight, ...once, ...justifiedRules, ...otherRules, ...liveness];
