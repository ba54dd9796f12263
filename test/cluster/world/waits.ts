/** From `from` to `to`, in epoch milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A decision that an incident was given. */
export interface DecisionAt {
  readonly at: number;
  /** Of the answer to the write; default taken. */
  readonly status?: number;
  readonly decision?: { readonly kind: string; readonly dueAt?: string };
}

/**
 * Milliseconds within the span in which the newest decision was to wait, and the wait was not over: policy's own time. What
 * passes after a wait is over, until somebody looks again, is ours.
 */
export function waited(decisions: readonly DecisionAt[], { from, to }: Span): number {
  const decided = decisions
    .filter(({ decision, status = 200 }) => decision !== undefined && status < 300)
    .sort((one, other) => one.at - other.at);
  return decided.reduce((sum, { at, decision }, i) => {
    if (decision?.kind !== "wait") return sum;
    const next = decided[i + 1]?.at ?? Number.POSITIVE_INFINITY;
    const due = decision.dueAt === undefined ? Number.POSITIVE_INFINITY : Date.parse(decision.dueAt);
    return sum + Math.max(0, Math.min(next, due, to) - Math.max(at, from));
  }, 0);
}
