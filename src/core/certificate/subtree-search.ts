/** How one kind of name is ordered and compared; see crypto/x509's constraints.go, which this follows. */
export interface SubtreeOrder<Constraint, Name> {
  readonly compare: (a: Constraint, b: Constraint) => number;
  readonly compareToName: (constraint: Constraint, name: Name) => number;
  /** Whether `b` lies inside `a`. */
  readonly contains: (a: Constraint, b: Constraint) => boolean;
  readonly matches: (constraint: Constraint, name: Name) => boolean;
}

/** Sorted, and without constraints that an earlier one contains: then the neighbour below a name is the only candidate. */
export function pruned<Constraint, Name>(
  constraints: readonly Constraint[],
  order: SubtreeOrder<Constraint, Name>,
): readonly Constraint[] {
  const kept: Constraint[] = [];
  for (const constraint of constraints.toSorted(order.compare)) {
    const last = kept.at(-1);
    if (last === undefined || !order.contains(last, constraint)) kept.push(constraint);
  }
  return kept;
}

/** The constraint that `name` falls under, by binary search. @param set as `pruned` returns it. */
export function matching<Constraint, Name>(
  set: readonly Constraint[],
  name: Name,
  order: SubtreeOrder<Constraint, Name>,
): Constraint | undefined {
  const at = firstNotBelow(set, (constraint) => order.compareToName(constraint, name));
  const exact = set[at];
  if (exact !== undefined && order.compareToName(exact, name) === 0) return exact;
  const candidate = set[Math.max(0, at - 1)];
  return candidate !== undefined && order.matches(candidate, name) ? candidate : undefined;
}

function firstNotBelow<Item>(sorted: readonly Item[], compare: (item: Item) => number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = sorted[middle];
    if (item !== undefined && compare(item) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
