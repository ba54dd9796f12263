import { checkReasons } from "./checks/all.ts";
import type { Reason } from "./checks/check.ts";
import { decisionReasons } from "./decide.ts";
import { guardReasons } from "./guards.ts";
import { verificationReasons } from "./verification.ts";

const healthy: Reason = {
  disposition: "healthy",
  symptom: "None.",
  proof: "Every check passed.",
  cure: "None needed.",
  whatWeDo: "Nothing.",
};

/** Every reason code of the product, in one place. A test proves that each can be reached. */
export const reasons: Readonly<Record<string, Reason>> = {
  Healthy: healthy,
  ...checkReasons,
  ...guardReasons,
  ...verificationReasons,
  ...decisionReasons,
};
