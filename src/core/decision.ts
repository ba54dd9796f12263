import type { Component, ObjectName } from "./evidence.ts";
import type { Instant } from "./instant.ts";

export interface Target extends ObjectName {
  readonly component: Component;
}

/** What should happen. `observe`, `approve` and `act` decide what we may do with it, they never change it. */
export interface Decision {
  readonly kind: "none" | "restart" | "wait" | "refuse" | "escalate";
  readonly code: string;
  readonly sentence: string;
  /** In the order in which they are restarted. */
  readonly targets: readonly Target[];
  /** When to look again even if no event comes. */
  readonly dueAt?: Instant;
}
