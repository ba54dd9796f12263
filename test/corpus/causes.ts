import { betweenCauses } from "./causes/between.ts";
import { frontProxyCauses } from "./causes/frontProxy.ts";
import { hopACauses } from "./causes/hopA.ts";
import { hopBCauses } from "./causes/hopB.ts";
import { otherCauses } from "./causes/others.ts";
import { secretCauses } from "./causes/secret.ts";
import { staleCauses } from "./causes/stale.ts";
import type { Cause } from "./variant.ts";

/** Every cause of a failing external metric that the corpus has. */
export const causes: readonly Cause[] = [
  ...staleCauses,
  ...secretCauses,
  ...hopACauses,
  ...frontProxyCauses,
  ...hopBCauses,
  ...betweenCauses,
  ...otherCauses,
];
