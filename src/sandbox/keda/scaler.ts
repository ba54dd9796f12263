/** What a ScaledObject's trigger asks (hop C): answers one value, or nothing while it is broken. */
export class ScalerSource {
  value = "5";
  broken = false;

  /** The value, or the operator's error for it. */
  ask(metric: string): { readonly value: string } | { readonly error: string } {
    return this.broken
      ? { error: `error when getting metric values no matching metrics found for ${metric}` }
      : { value: this.value };
  }
}
