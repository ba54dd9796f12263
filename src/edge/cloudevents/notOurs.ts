import type { NotOurs } from "../../core/signal.ts";

/** Says that an event is none of ours, and why. */
export const notOurs = (code: NotOurs["code"]): NotOurs => ({ kind: "NotOurs", code });
